import { HttpError } from '@portolan/http-api';
import type { Clock, ErrorKind } from '@portolan/kernel';
import { jwtVerify, SignJWT } from 'jose';
import { JOSEError } from 'jose/errors';
import { z } from 'zod';

const ALGORITHM = 'HS256';
const ISSUER = 'portolan-shop';
const AUDIENCE = 'portolan-shop';

/** HS256 wants a key as long as its hash (RFC 7518 §3.2). */
export const SESSION_SECRET_BYTES_MIN = 32;

/** A user's name as principals carry it. */
export const userName = z.string().regex(/^[\w.@-]{1,64}$/, 'must be 1 to 64 letters, digits, _ . @ or -');

/** No session, or one that has ended. */
export class SessionRequiredError extends HttpError {
  readonly code = 'SHOP_SESSION_REQUIRED';
  readonly kind: ErrorKind = 'unauthenticated';
  readonly status = 401;
}

export interface OpenSession {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Who a request speaks for, as a signed token: nothing is kept here, so every instance with the same secret knows it. */
export interface Sessions {
  readonly ttlMs: number;
  open(user: string): Promise<OpenSession>;
  /** @throws SessionRequiredError when the token is not ours, or has expired */
  userOf(token: string): Promise<string>;
}

export interface SessionsOptions {
  /** At least SESSION_SECRET_BYTES_MIN. */
  readonly secret: Uint8Array;
  readonly ttlMs: number;
  readonly clock: Clock;
}

export function createSessions({ secret, ttlMs, clock }: SessionsOptions): Sessions {
  const seconds = (epochMs: number): number => Math.floor(epochMs / 1_000);
  return {
    ttlMs,
    open: async (user) => {
      const now = clock.epoch();
      const expiresAt = seconds(now + ttlMs) * 1_000;
      const token = await new SignJWT()
        .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(user)
        .setIssuedAt(seconds(now))
        .setExpirationTime(seconds(expiresAt))
        .sign(secret);
      return { token, expiresAt };
    },
    userOf: async (token) => {
      try {
        const { payload } = await jwtVerify(token, secret, {
          algorithms: [ALGORITHM],
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ['sub', 'exp'],
          currentDate: new Date(clock.epoch()),
        });
        return userName.parse(payload.sub);
      } catch (error) {
        if (error instanceof JOSEError || error instanceof z.ZodError)
          throw sessionRequired('the session has ended or is not ours', error);
        throw error;
      }
    },
  };
}

export const sessionRequired = (message: string, cause?: unknown): SessionRequiredError =>
  new SessionRequiredError(message, {
    fix: 'log in, and send the token as Authorization: Bearer; a browser has it in its cookie',
    headers: { 'WWW-Authenticate': 'Bearer' },
    cause,
  });
