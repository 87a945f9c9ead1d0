import type { Rng } from '@portolan/kernel';
import type { Balancer, BalancerOptions, Outcome, PickContext } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';
import { TrackedSet, type Tracked } from './tracked-set.ts';

/** Time constant of the average, ms: an old peak has lost 63 % of its height after it (Finagle's default). */
const DECAY_MS = 10_000;
/** What an endpoint is believed to cost before its first answer, ms (linkerd's default). */
const INITIAL_COST_MS = 30;
/** A failure counts as an answer that took this many times as long as the endpoint costs: fast failures attract nothing. */
const FAILURE_PENALTY = 5;
/** The least that a failure counts for, ms, so that a fast endpoint that fails is noticed at once. */
const FAILURE_COST_MIN_MS = 1_000;

interface Measured extends Tracked {
  /** Peak-sensitive moving average of the latency, ms. */
  cost: number;
  /** When `cost` was last brought up to date; −1 before the endpoint was first looked at. */
  at: number;
  measured: boolean;
  pending: number;
}

/**
 * Two random choices, the cheaper wins (Mitzenmacher 2001); cost is Finagle's Peak EWMA × (pending + 1), divided by the
 * weight. A slower answer counts at once, faster ones win trust back over `DECAY_MS`; idle endpoints decay towards zero
 * and are tried again. Picks are O(1).
 */
export class P2cEwma implements Balancer {
  readonly #rng: Rng;
  readonly #set = new TrackedSet<Measured>((endpoint) => ({
    endpoint,
    cost: INITIAL_COST_MS,
    at: -1,
    measured: false,
    pending: 0,
  }));

  constructor(options: BalancerOptions) {
    this.#rng = options.rng;
  }

  /** Hot path: allocates nothing without exclusions. */
  pick(context: PickContext): Endpoint | undefined {
    const entries = context.exclude === undefined ? this.#set.entries : allowed(this.#set.entries, context.exclude);
    const count = entries.length;
    if (count < 2) return entries[0]?.endpoint;
    const first = this.#rng.below(count);
    const second = (first + 1 + this.#rng.below(count - 1)) % count; // never the same one twice
    const one = entries[first];
    const other = entries[second];
    if (one === undefined || other === undefined) return undefined;
    return (load(other, context.now) < load(one, context.now) ? other : one).endpoint;
  }

  onStart(endpoint: Endpoint): void {
    const entry = this.#set.find(endpoint);
    if (entry !== undefined) entry.pending += 1;
  }

  onEnd(endpoint: Endpoint, outcome: Outcome, now: number): void {
    const entry = this.#set.find(endpoint);
    if (entry === undefined) return;
    if (entry.pending > 0) entry.pending -= 1;
    if (outcome.result === 'cancelled') return;
    observe(
      entry,
      outcome.result === 'ok' ? outcome.latencyMs : Math.max(FAILURE_COST_MIN_MS, entry.cost * FAILURE_PENALTY),
      now,
    );
  }

  update(endpoints: readonly Endpoint[]): void {
    this.#set.update(endpoints);
  }
}

function allowed(entries: readonly Measured[], exclude: (endpoint: Endpoint) => boolean): readonly Measured[] {
  return entries.filter(({ endpoint }) => !exclude(endpoint));
}

function observe(entry: Measured, rtt: number, now: number): void {
  const weight = Math.exp(-Math.max(0, now - entry.at) / DECAY_MS);
  entry.cost = !entry.measured || rtt > entry.cost ? rtt : entry.cost * weight + rtt * (1 - weight);
  entry.at = now;
  entry.measured = true;
}

/** Expected cost of one more request, per unit of weight. */
function load(entry: Measured, now: number): number {
  if (entry.at < 0) entry.at = now; // an unmeasured endpoint grows cheaper too, until somebody tries it
  const idle = Math.max(0, now - entry.at);
  return (entry.cost * Math.exp(-idle / DECAY_MS) * (entry.pending + 1)) / entry.endpoint.weight;
}

export const createP2cEwma = (options: BalancerOptions): Balancer => new P2cEwma(options);
