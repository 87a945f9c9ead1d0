import type { Request } from 'express';

/** Path segments of plain characters; what else comes is no gateway of ours. */
const PREFIX = /^(?:\/[\w.~-]+){1,8}$/;

/** The part of the path that a gateway took off (`/web`), so that addresses we name lead through it again; mostly empty. */
export function forwardedPrefix(request: Request): string {
  const prefix = request.get('X-Forwarded-Prefix') ?? '';
  return PREFIX.test(prefix) ? prefix : '';
}
