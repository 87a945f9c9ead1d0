import type { Principal } from '@portolan/kernel';
import type { Request } from 'express';
import { sessionRequired, type Sessions } from './sessions.ts';

export type Authenticate = (request: Request) => Promise<Principal>;

/**
 * The bearer token counts before anything else: a program that sends one means it.
 * @param otherwise where else a request may carry its token: a cookie
 */
export function createAuthenticate(
  sessions: Sessions,
  otherwise: (request: Request) => string | undefined = () => undefined,
): Authenticate {
  return async (request) => {
    const token = bearerOf(request.get('Authorization')) ?? otherwise(request);
    if (token === undefined) throw sessionRequired(`${request.method} ${request.path} needs a session`);
    return { kind: 'user', name: await sessions.userOf(token) };
  };
}

const bearerOf = (header: string | undefined): string | undefined => /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
