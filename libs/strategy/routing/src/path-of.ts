import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** A path that two servers could read differently. Refused, never repaired. */
export class AmbiguousPathError extends PortolanError {
  readonly code = 'ROUTING_AMBIGUOUS_PATH';
  readonly kind: ErrorKind = 'invalid';

  constructor(path: string, why: string) {
    super(`path ${JSON.stringify(path.slice(0, 200))} ${why}`, {
      fix: 'send the path in its plain form: starting with /, without dot segments, backslashes, or %2F, %5C, %2E and %00',
    });
  }
}

/**
 * Checks that a request's path means the same to the router and to whatever is behind it.
 * @param target path with an optional query, as on the request line
 * @returns the path without the query
 * @throws AmbiguousPathError for dot segments, plain or encoded, for backslashes, for encoded slashes and NUL
 */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  if (!path.startsWith('/')) throw new AmbiguousPathError(path, 'does not start with /');
  if (path.includes('\\') || path.includes('\0') || path.includes('#')) {
    throw new AmbiguousPathError(path, 'holds a backslash, NUL or #');
  }
  if (/%(2f|5c|2e|00)/i.test(path)) throw new AmbiguousPathError(path, 'encodes a slash, backslash, dot or NUL');
  if (/\/\.{1,2}(\/|$)/.test(path)) throw new AmbiguousPathError(path, 'has a dot segment');
  return path;
}
