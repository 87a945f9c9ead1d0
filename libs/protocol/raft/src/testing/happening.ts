import type { Entry } from '../entry.ts';
import type { RaftEvent } from '../event.ts';
import type { LogIndex, MemberId } from '../ids.ts';
import type { Message } from '../message.ts';
import type { Persist, Placement, ReadAnswer } from '../ready.ts';

/** One thing that a cluster did, as transcripts show it. */
export type Happening =
  | { readonly kind: 'event'; readonly member: MemberId; readonly event: RaftEvent }
  | { readonly kind: 'sent'; readonly message: Message }
  /** Sent over a link that is cut. */
  | { readonly kind: 'lost'; readonly message: Message }
  | { readonly kind: 'dropped'; readonly message: Message }
  | { readonly kind: 'received'; readonly message: Message }
  /** Given to the disk, which is slow. */
  | { readonly kind: 'writing'; readonly member: MemberId; readonly persist: Persist }
  | { readonly kind: 'written'; readonly member: MemberId; readonly persist: Persist }
  | { readonly kind: 'committed'; readonly member: MemberId; readonly index: LogIndex }
  | { readonly kind: 'applied'; readonly member: MemberId; readonly entry: Entry }
  | { readonly kind: 'placement'; readonly member: MemberId; readonly placement: Placement }
  | { readonly kind: 'read'; readonly member: MemberId; readonly answer: ReadAnswer }
  | { readonly kind: 'crashed' | 'restarted' | 'compacted'; readonly member: MemberId };
