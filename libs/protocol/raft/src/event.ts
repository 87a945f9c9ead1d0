import type { Configuration } from './configuration.ts';
import type { LogIndex, MemberId, Term } from './ids.ts';

/** What an operator, a metric or a simulation wants to know; the core itself never reads it back. */
export type RaftEvent =
  | { readonly kind: 'became'; readonly role: RoleName; readonly term: Term; readonly why: string }
  /** Entries that conflicted with a leader's are gone from this log. */
  | { readonly kind: 'truncated'; readonly from: LogIndex; readonly to: LogIndex }
  | { readonly kind: 'installing'; readonly index: LogIndex; readonly term: Term }
  | { readonly kind: 'sent-snapshot'; readonly to: MemberId; readonly index: LogIndex }
  /** In force from now on, committed or not. */
  | { readonly kind: 'reconfigured'; readonly index: LogIndex; readonly configuration: Configuration }
  /** This member, by what is committed at `index`: for good, as no id is used again. It campaigns no more. */
  | { readonly kind: 'removed'; readonly index: LogIndex }
  /** A message that no correct member of this version sends: dropped. */
  | { readonly kind: 'protocol-error'; readonly from: MemberId; readonly what: string }
  | { readonly kind: 'transfer'; readonly to: MemberId; readonly outcome: 'begun' | 'asked' | 'aborted' };

export type RoleName = 'follower' | 'pre-candidate' | 'candidate' | 'leader';
