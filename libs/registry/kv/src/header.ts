import type { Principal } from '@portolan/kernel';
import type { Incarnation, Revision } from './ids.ts';

/** In every request. */
export interface PrincipalRequest {
  /** Who asks. */
  readonly principal: Principal;
}

/** In every answer. */
export interface Header {
  /** When it differs from the last one seen, revisions mean nothing any more: read again, diff, rewatch. */
  readonly incarnation: Incarnation;
  /** The store's when it answered; of a write, the revision it made. */
  readonly revision: Revision;
}
