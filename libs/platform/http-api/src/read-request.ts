import { nearest } from '@portolan/config';
import { assert } from '@portolan/kernel';
import type { Request } from 'express';
import type { z } from 'zod';
import { BadRequestError, UnprocessableError } from './problem/http-error.ts';
import type { FieldProblem } from './problem/problem-view.ts';

/** Problems told of one request; who makes more mistakes than this fixes these first. */
const PROBLEMS_MAX = 20;

/**
 * The query, checked. An unknown parameter is refused: a misspelt filter that is ignored answers what nobody asked for.
 * @throws BadRequestError naming every wrong parameter
 */
export function readQuery<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  request: Pick<Request, 'path' | 'query'>,
): z.output<z.ZodObject<Shape>> {
  const result = schema.safeParse({ ...request.query });
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => parameterProblems(issue, Object.keys(schema.shape)));
  throw new BadRequestError(`the query of ${request.path} is wrong: ${summaryOf(errors)}`, {
    fix: 'correct the parameters listed in errors',
    errors: errors.slice(0, PROBLEMS_MAX),
  });
}

/** A part of the path that the route names. */
export function readParameter(request: Request, name: string): string {
  const value = request.params[name];
  assert(typeof value === 'string', `the route has a parameter ${name}`);
  return value;
}

/** @throws BadRequestError when the header is absent or not as `schema` wants it */
export function readHeader<Output>(schema: z.ZodType<Output>, request: Request, name: string): Output {
  const value = request.get(name);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const detail = value === undefined ? 'is required' : (result.error.issues[0]?.message ?? 'is malformed');
  throw new BadRequestError(`the header ${name} ${detail}`, {
    fix: `send ${name} as the OpenAPI document at /openapi.json describes it`,
    errors: [{ parameter: name, detail }],
  });
}

/** @throws UnprocessableError naming every wrong field by its JSON pointer */
export function readBody<Output>(schema: z.ZodType<Output>, request: Request): Output {
  const body: unknown = request.body;
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap(fieldProblems);
  throw new UnprocessableError(`the body is wrong: ${summaryOf(errors)}`, {
    fix: 'correct the fields listed in errors',
    errors: errors.slice(0, PROBLEMS_MAX),
  });
}

const summaryOf = (errors: readonly FieldProblem[]): string => {
  const [first] = errors;
  if (first === undefined) return 'unreadable';
  const rest = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`;
  return `${first.parameter ?? first.pointer ?? ''} ${first.detail}${rest}`.trim();
};

function parameterProblems(issue: z.core.$ZodIssue, known: readonly string[]): readonly FieldProblem[] {
  if (issue.code !== 'unrecognized_keys') return [{ parameter: String(issue.path[0] ?? ''), detail: issue.message }];
  return issue.keys.map((parameter) => ({ parameter, detail: `is unknown; ${hintFor(parameter, known)}` }));
}

function hintFor(parameter: string, known: readonly string[]): string {
  if (known.length === 0) return 'there are no parameters here';
  const near = nearest(parameter, known);
  return `${near === undefined ? '' : `did you mean ${near}? `}there are ${known.join(', ')}`;
}

function fieldProblems(issue: z.core.$ZodIssue): readonly FieldProblem[] {
  if (issue.code !== 'unrecognized_keys') return [{ pointer: pointerTo(issue.path), detail: issue.message }];
  return issue.keys.map((key) => ({ pointer: pointerTo([...issue.path, key]), detail: 'is unknown' }));
}

/** RFC 6901; the empty pointer is the whole body. */
const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
