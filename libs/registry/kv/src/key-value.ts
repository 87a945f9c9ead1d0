import type { LeaseId, Revision } from './ids.ts';
import type { Key } from './key.ts';

/** One key as it was at one revision. Never changes: the store hands out what it holds, so nobody may write into `value`. */
export interface KeyValue {
  readonly key: Key;
  /** Empty in answers to requests for keys only. */
  readonly value: Uint8Array;
  /** Of the put that brought the key into being. The fencing token of a lock. */
  readonly createRevision: Revision;
  /** Of the last put. */
  readonly modRevision: Revision;
  /** Puts since the key came into being: 1 after the first. */
  readonly version: number;
  /** The key goes when this lease ends. */
  readonly lease: LeaseId | undefined;
}
