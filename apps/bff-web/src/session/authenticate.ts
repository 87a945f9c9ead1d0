import type { Principal } from '@portolan/kernel';
import type { Request } from 'express';
import type { SessionCookie } from './session-cookie.ts';
import { sessionRequired, type Sessions } from './sessions.ts';

export type Authenticate = (request: Request) => Promise<Principal>;

/** The bearer token counts before the cookie: a program that sends one means it. */
export function createAuthenticate(sessions: Sessions, cookie: SessionCookie): Authenticate {
  return async (request) => {
    const token = bearerOf(request.get('Authorization')) ?? cookie.read(request.get('Cookie'));
    if (token === undefined) throw sessionRequired(`${request.method} ${request.path} needs a session`);
    return { kind: 'user', name: await sessions.userOf(token) };
  };
}

const bearerOf = (header: string | undefined): string | undefined => /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
