import type { Request, RequestHandler, Response } from 'express';
import { PartScope, type PartScopeOptions } from '../parts/part-scope.ts';
import { setCaching, type Caching } from './caching.ts';

/** What a route says; how it travels is decided here. */
export interface Answer {
  readonly status: number;
  readonly caching: Caching;
  /** Absent: none. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Route = (request: Request, scope: PartScope) => Promise<Answer>;

/** Joins a route to HTTP: one scope for its calls, ended by the deadline or when the client goes away. */
export function answering(options: Omit<PartScopeOptions, 'gone'>, route: Route): RequestHandler {
  return async (request, response) => {
    const gone = new AbortController();
    const onClose = (): void => {
      gone.abort(new Error('the client went away'));
    };
    response.once('close', onClose);
    using scope = new PartScope({ ...options, gone: gone.signal });
    try {
      const answer = await route(request, scope);
      noteInstances(response, scope);
      send(response, answer);
    } catch (error) {
      // Nobody is there to be told.
      if (gone.signal.aborted) return;
      noteInstances(response, scope);
      throw error;
    } finally {
      response.off('close', onClose);
    }
  };
}

function noteInstances(response: Response, scope: PartScope): void {
  if (scope.servedBy !== undefined) response.set('Portolan-Served-By', scope.servedBy);
}

function send(response: Response, answer: Answer): void {
  setCaching(response, answer.caching);
  response.status(answer.status).set(answer.headers ?? {});
  if (answer.body === undefined) response.end();
  else response.json(answer.body);
}
