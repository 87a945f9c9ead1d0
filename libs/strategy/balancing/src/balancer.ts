import type { Endpoint } from './endpoint.ts';

export interface PickContext {
  /** ms on a monotonic clock. */
  readonly now: number;
  /** Leaves out endpoints that this request has already tried. Called until it says no, so keep it cheap. */
  readonly exclude?: (endpoint: Endpoint) => boolean;
}

/** How a request ended. */
export interface Outcome {
  /** From `onStart` to the end, or to the moment the caller gave up. */
  readonly latencyMs: number;
  /** `cancelled`: the caller gave up, which is no failure of the endpoint. */
  readonly result: 'ok' | 'failed' | 'cancelled';
}

/**
 * Decides which endpoint takes a request. Picks are O(1) or O(log n), plus the endpoints that `exclude` leaves out, and
 * allocate nothing.
 *
 * The caller reports each request: `onStart` right after the pick, `onEnd` once, whatever became of it. Reports about an
 * endpoint that has left are welcome: a request may outlive its endpoint.
 */
export interface Balancer {
  /** @returns undefined when there is no endpoint, or `exclude` left none */
  pick(context: PickContext): Endpoint | undefined;
  onStart?(endpoint: Endpoint, now: number): void;
  onEnd?(endpoint: Endpoint, outcome: Outcome, now: number): void;
  /**
   * The endpoints from now on. What was learned is kept for those that stay: same id and same address. An instance that
   * comes back under another address is another process, and starts afresh. Of several with one id the first counts.
   */
  update(endpoints: readonly Endpoint[]): void;
}
