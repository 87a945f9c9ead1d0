import { setCaching, type Caching } from '@portolan/http-api';
import type { Request, RequestHandler, Response } from 'express';
import type { AskedFor, KeptAnswers } from './kept-answers.ts';
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

/** An answer, and what is told besides it. */
export interface Told {
  readonly answer: Answer;
  /** Seconds since it was made; undefined: just now. */
  readonly ageSeconds?: number;
}

export interface AnswerToOptions extends Omit<AnsweringOptions, 'sendBody'> {
  /** Aborted when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
  /** Told which instances took part, also when the answer failed. */
  readonly onServedBy?: (servedBy: string) => void;
}

/** One answer: a kept one, or a new one out of one scope for its calls, which end together. @throws what the route throws */
export async function answerTo<Asked extends AskedFor>(
  { kept, onServedBy = () => undefined, ...options }: AnswerToOptions,
  asked: Asked,
  route: (asked: Asked, scope: PartScope) => Promise<Answer>,
): Promise<Told> {
  const found = await kept?.find(asked);
  if (kept !== undefined && found !== undefined) {
    if (found.servedBy !== undefined) onServedBy(found.servedBy);
    return { answer: { status: 200, caching: 'catalogue', body: found.body }, ageSeconds: kept.ageOf(found) };
  }
  using scope = new PartScope(options);
  try {
    const answer = await route(asked, scope);
    if (answer.caching === 'catalogue' && answer.body !== undefined) {
      await kept?.keep(asked, answer.body, scope.servedBy);
    }
    return { answer };
  } finally {
    if (scope.servedBy !== undefined) onServedBy(scope.servedBy);
  }
}

/** Joins a route to HTTP: its calls end by the deadline, or when the client goes away. */
export function answering({ sendBody = sendJson, ...options }: AnsweringOptions, route: Route): RequestHandler {
  return async (request, response) => {
    const gone = new AbortController();
    const onClose = (): void => {
      gone.abort(new Error('the client went away'));
    };
    const onServedBy = (servedBy: string): void => {
      response.set('Portolan-Served-By', servedBy);
    };
    response.once('close', onClose);
    try {
      const { answer, ageSeconds } = await answerTo({ ...options, gone: gone.signal, onServedBy }, request, route);
      if (ageSeconds !== undefined) response.set('Age', String(ageSeconds));
      await send(request, response, answer, sendBody);
    } catch (error) {
      // Nobody is there to be told.
      if (!gone.signal.aborted) throw error;
    } finally {
      response.off('close', onClose);
    }
  };
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
