import { nearest } from '@portolan/config';
import { BadRequestError } from '@portolan/http-api';
import type { Request } from 'express';
import { z } from 'zod';

/** Always there: without it an answer would be read wrongly. */
const KEPT = 'missing';

const CHARACTERS_MAX = 500;

/** The query parameter of every screen whose answer can be cut to size. */
export const fieldsParameter = z
  .string('may be given only once')
  .max(CHARACTERS_MAX, `must be at most ${CHARACTERS_MAX} characters`)
  .optional()
  .describe('Only these fields, by comma: of each item of a list, of the answer itself otherwise. Absent: all.')
  .meta({ examples: ['id,name,price'] });

/**
 * The fields that a request wants.
 * @param known those of the view
 * @returns undefined: all
 * @throws BadRequestError naming each unknown one, and the nearest to it
 */
export function readFields(
  request: Pick<Request, 'path' | 'query'>,
  known: readonly string[],
): ReadonlySet<string> | undefined {
  const text = request.query.fields;
  if (typeof text !== 'string') return undefined;
  const wanted = text.split(',').map((field) => field.trim());
  const errors = wanted
    .filter((field) => !known.includes(field))
    .map((field) => ({ parameter: 'fields', detail: `"${field}" is unknown; ${hintFor(field, known)}` }));
  if (errors.length > 0) {
    throw new BadRequestError(`the query of ${request.path} is wrong: fields ${errors[0]?.detail ?? ''}`, {
      fix: 'correct the parameters listed in errors',
      errors,
    });
  }
  return new Set([...wanted, KEPT]);
}

/** An object with only the fields that are wanted. */
export function pick(object: object, wanted: ReadonlySet<string> | undefined): object {
  if (wanted === undefined) return object;
  return Object.fromEntries(Object.entries(object).filter(([field]) => wanted.has(field)));
}

function hintFor(field: string, known: readonly string[]): string {
  const near = nearest(field, known);
  return `${near === undefined ? '' : `did you mean ${near}? `}there are ${known.join(', ')}`;
}
