import { setCaching, type Caching } from '@portolan/http-api';
import type { Request, RequestHandler, Response } from 'express';
import type { KeptAnswers } from './kept-answers.ts';
import { PartScope, type PartScopeOptions } from './part-scope.ts';

/** What a route says; how it travels is decided here. */
export interface Answer {
  readonly status: number;
  readonly caching: Caching;
  /** Absent: none. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Route = (request: Request, scope: PartScope) => Promise<Answer>;

/** Writes an answer into a response whose caching and headers are set. */
export type SendBody = (request: Request, response: Response, answer: Answer) => Promise<void> | void;

export interface AnsweringOptions extends Omit<PartScopeOptions, 'gone'> {
  /** Answers that everybody may see are looked for here first, and kept here. */
  readonly kept?: KeptAnswers;
  /** Default: the body as JSON. */
  readonly sendBody?: SendBody;
}

/** Joins a route to HTTP: one scope for its calls, ended by the deadline or when the client goes away. */
export function answering({ kept, sendBody = sendJson, ...options }: AnsweringOptions, route: Route): RequestHandler {
  return async (request, response) => {
    const found = await kept?.find(request);
    if (kept !== undefined && found !== undefined) {
      note(response, found.servedBy);
      response.set('Age', String(kept.ageOf(found)));
      await send(request, response, { status: 200, caching: 'catalogue', body: found.body }, sendBody);
      return;
    }
    const gone = new AbortController();
    const onClose = (): void => {
      gone.abort(new Error('the client went away'));
    };
    response.once('close', onClose);
    using scope = new PartScope({ ...options, gone: gone.signal });
    try {
      const answer = await route(request, scope);
      note(response, scope.servedBy);
      if (answer.caching === 'catalogue' && answer.body !== undefined)
        await kept?.keep(request, answer.body, scope.servedBy);
      await send(request, response, answer, sendBody);
    } catch (error) {
      // Nobody is there to be told.
      if (gone.signal.aborted) return;
      note(response, scope.servedBy);
      throw error;
    } finally {
      response.off('close', onClose);
    }
  };
}

function note(response: Response, servedBy: string | undefined): void {
  if (servedBy !== undefined) response.set('Portolan-Served-By', servedBy);
}

async function send(request: Request, response: Response, answer: Answer, sendBody: SendBody): Promise<void> {
  setCaching(response, answer.caching);
  response.status(answer.status).set(answer.headers ?? {});
  if (answer.body === undefined) response.end();
  else await sendBody(request, response, answer);
}

const sendJson: SendBody = (_request, response, { body }) => {
  response.json(body);
};
