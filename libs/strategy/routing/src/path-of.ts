import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** A path that two servers could read differently. Refused, never repaired. */
export class AmbiguousPathError extends PortolanError {
  readonly code = 'ROUTING_AMBIGUOUS_PATH';
  readonly kind: ErrorKind = 'invalid';

  constructor(path: string, why: string) {
    super(`path ${JSON.stringify(path.slice(0, 200))} ${why}`, {
      fix: 'send the path in its plain form: starting with /, without dot segments, //, backslashes, %2F, %5C, %2E and %00',
    });
  }
}

/** What is refused, and how the error says it. Looked for in the path alone, never in the query. */
const AMBIGUITIES: readonly (readonly [RegExp, string])[] = [
  [/^[^/]|^$/, 'does not start with /'],
  // The control characters are the point: a server behind may end the path at a NUL.
  // eslint-disable-next-line no-control-regex
  [/[\\#\x00-\x20\x7f]/, 'holds a backslash, #, space or control character'],
  [/%(2f|5c|2e|00)/i, 'encodes a slash, backslash, dot or NUL'],
  // "..;x" is ".." to servers that know path parameters.
  [/\/\.{1,2}(;[^/]*)?(\/|$)/, 'has a dot segment'],
  // Some servers read "//" as "/", and "//host/x" in a redirect is another host.
  [/\/\//, 'has an empty segment'],
];

/**
 * Checks that a request's path means the same to the router and to whatever is behind it.
 * @param target path with an optional query, as on the request line
 * @returns the path without the query
 * @throws AmbiguousPathError for dot segments and empty segments, for backslashes, for encoded slashes, dots and NUL
 */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  for (const [ambiguity, why] of AMBIGUITIES) if (ambiguity.test(path)) throw new AmbiguousPathError(path, why);
  return path;
}

/** Whether `path` is one that `pathOf` can return. */
export const isPlainPath = (path: string): boolean =>
  !path.includes('?') && AMBIGUITIES.every(([ambiguity]) => !ambiguity.test(path));
