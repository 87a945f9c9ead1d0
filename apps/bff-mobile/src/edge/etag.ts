import { createHash } from 'node:crypto';

/** Enough that two bodies never share one by chance. */
const BYTES = 12;

export type Coding = 'br' | 'gzip' | 'identity';

/**
 * The strong validator of a body in one coding (RFC 9110 §8.8.1): other bytes, another tag. A partial answer never has that of
 * a whole one, also when what was asked for looks the same in both.
 */
export function etagOf(text: string, complete: boolean, coding: Coding): string {
  const hash = createHash('sha256')
    .update(complete ? 'complete:' : 'partial:')
    .update(text)
    .digest()
    .subarray(0, BYTES)
    .toString('base64url');
  return `"${hash}${coding === 'identity' ? '' : `-${coding}`}"`;
}

/** Whether a client has this body already, in whatever coding: what it shows is the same (RFC 9110 §13.1.2). */
export function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((one) => bodyOf(one) === bodyOf(etag));
}

const bodyOf = (etag: string): string =>
  etag
    .trim()
    .replace(/^W\//, '')
    .replace(/-(?:br|gzip)"$/, '"');
