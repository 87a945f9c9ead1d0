import { json, type RequestHandler } from 'express';
import { UnsupportedMediaTypeError } from './problem/http-error.ts';

/** An order of 50 lines has 5 KB; nothing a web page sends is larger. */
export const BODY_BYTES_MAX = 100 * 1024;

const parseJson = json({ limit: BODY_BYTES_MAX, type: 'application/json', strict: true });

const requireJson: RequestHandler = (request, _response, next) => {
  if (request.is('application/json') === false) {
    throw new UnsupportedMediaTypeError(
      `${request.get('Content-Type') ?? 'a body without Content-Type'} is not read here`,
      {
        fix: 'send Content-Type: application/json',
        headers: { Accept: 'application/json' },
      },
    );
  }
  next();
};

/** Reads a JSON body into `request.body`. Stands before every route that takes one. */
export const readJsonBody: readonly RequestHandler[] = [requireJson, parseJson];
