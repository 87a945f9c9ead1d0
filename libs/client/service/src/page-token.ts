import { createHash } from 'node:crypto';
import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** Enough that a token of another query never passes by chance. */
const CHECK_BYTES = 9;

/** A token of ours is far shorter; what is longer need not be looked at. */
const TOKEN_CHARACTERS_MAX = 1_024;

/** A page token that is damaged, or belongs to another query. */
export class InvalidPageTokenError extends PortolanError {
  readonly code = 'SERVICE_INVALID_PAGE_TOKEN';
  readonly kind: ErrorKind = 'invalid';

  constructor() {
    super('the page token is damaged, or was given for another query', {
      fix: 'send the token of the page before with the same query, or none to begin again',
    });
  }
}

/**
 * The token of the page after `position`. Opaque, but no secret: it protects from mistakes, not from its holder.
 * @param query everything that decides which results there are and in which order; the token is good for it alone
 * @param position what the last result of this page is found by
 */
export function createPageToken(query: readonly string[], position: string): string {
  const check = createHash('sha256')
    .update(JSON.stringify([query, position]))
    .digest()
    .subarray(0, CHECK_BYTES);
  return Buffer.concat([check, Buffer.from(position)]).toString('base64url');
}

/**
 * The position that `createPageToken` was given.
 * @throws InvalidPageTokenError when the token is not one that it makes for `query`
 */
export function readPageToken(query: readonly string[], token: string): string {
  if (token.length > TOKEN_CHARACTERS_MAX) throw new InvalidPageTokenError();
  const position = Buffer.from(token, 'base64url').subarray(CHECK_BYTES).toString();
  if (createPageToken(query, position) !== token) throw new InvalidPageTokenError();
  return position;
}
