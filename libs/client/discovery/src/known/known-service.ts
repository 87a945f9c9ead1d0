import type { ServiceEndpoints } from '../discovery.ts';

/** What is known of one service's port now; fed by the watch, or by the disk. */
export interface KnownService {
  /** undefined: nothing yet. */
  current(): ServiceEndpoints | undefined;
  /** Called after each change. @returns ends the subscription */
  subscribe(onChange: () => void): () => void;
  /** Resolves once `current()` is defined; rejects with the signal's reason. */
  known(signal: AbortSignal): Promise<ServiceEndpoints>;
}
