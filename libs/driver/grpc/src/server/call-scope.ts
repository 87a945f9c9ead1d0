import type { Clock } from '@portolan/kernel';
import type { RpcLimits } from '@portolan/rpc';
import type { CallMetrics } from '@portolan/rpc/serving';
import type { Logger } from '@portolan/telemetry';
import type { BookedCall, CallBook } from '../call-book.ts';
import type { Fields } from '../wire/metadata.ts';
import type { Callers } from './callers.ts';
import type { MethodEntry } from './method-entry.ts';

/** What all calls of one server share. */
export interface CallScope {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: RpcLimits;
  /** The same for answers. */
  readonly responseLimits: RpcLimits;
  /** How long a stream waits for a caller that takes nothing; Infinity: as long as that likes. */
  readonly streamStallMs: number;
  /** undefined: nobody counts. */
  readonly metrics: CallMetrics | undefined;
  readonly methods: ReadonlyMap<string, MethodEntry>;
  /** undefined: a call is of whom it says. */
  readonly callers: Callers | undefined;
  readonly draining: AbortSignal;
  /** The head of an answer to which the handler adds nothing. */
  readonly plainHead: Fields;
  readonly book: CallBook<BookedCall>;
}
