import type { RoutingSnapshot } from '../control/snapshot.ts';

/**
 * What carries requests. The control part hands it snapshots and otherwise leaves it alone: this is all that a different
 * data path has to offer.
 */
export interface DataPlane extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Swaps the snapshot: requests that begin from now on see this one. */
  apply(snapshot: RoutingSnapshot): void;
  /** Whether it finishes what it has and takes nothing new. */
  readonly draining: boolean;
  /** Takes no new connections, ends idle ones, lets what is in flight finish. Resolves when that is done, or at the deadline. */
  drain(deadlineMs: number): Promise<void>;
}
