import type { Header, PrincipalRequest } from './header.ts';
import type { Keyspace, Revision } from './ids.ts';
import type { Key } from './key.ts';
import type { KeyRange } from './key-range.ts';
import type { KeyValue } from './key-value.ts';

export interface WatchRequest extends PrincipalRequest {
  readonly keyspace: Keyspace;
  readonly keys: KeyRange;
  /** The first revision to report, past or future. Default: the one after the store's when the watch is created. */
  readonly startRevision?: Revision;
  /** Add to each event what the key was before. */
  readonly previous?: boolean;
  /** Default `all`. */
  readonly events?: 'all' | 'puts' | 'deletes';
  /** Also report, from time to time and without events, how far everything has been delivered. */
  readonly progress?: boolean;
  /**
   * May go on while the member that is asked has lost its leader, and tell what is old: for who reads this member's state and nothing
   * else. Default: it ends then, with an error that is `unavailable`, so that another member is asked.
   */
  readonly serializable?: boolean;
}

export type WatchEvent =
  | { readonly kind: 'put'; readonly keyValue: KeyValue; readonly previous?: KeyValue | undefined }
  /** `modRevision` is that of the deletion. */
  | {
      readonly kind: 'delete';
      readonly key: Key;
      readonly modRevision: Revision;
      readonly previous?: KeyValue | undefined;
    };

/**
 * `revision`: every event up to it has been delivered; a new watch from `revision + 1` continues without gap or repetition.
 * - `created`: the first batch, without events; from here on nothing is missed
 * - `events`: in the order of their revisions; all of a revision that match are in one batch
 * - `progress`: no events
 */
export interface WatchBatch extends Header {
  readonly kind: 'created' | 'events' | 'progress';
  readonly events: readonly WatchEvent[];
}
