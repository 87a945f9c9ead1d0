import { assert, type Rng } from '@portolan/kernel';
import type { Balancer, Outcome, PickContext } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';
import { Roster, type Member } from './roster.ts';

export interface P2cEwmaOptions {
  /**
   * τ: after this long an old latency counts 1/e. Longer: calmer, and slower to trust an endpoint again. Finagle's 10 s.
   */
  readonly decayMs?: number;
  /** What an endpoint is thought to cost while nothing of it is known but that a first request is under way. linkerd's 30 ms. */
  readonly startMs?: number;
  /** A failure counts as an answer that took at least this long, so that failing fast attracts nobody. */
  readonly failurePenaltyMs?: number;
}

/** Random draws that may hit excluded endpoints before a walk finds the next eligible one. */
const REDRAWS = 4;

class Measured implements Member {
  endpoint: Endpoint;
  inFlight = 0;
  /** Peak EWMA of latencies in ms at `costAt`; negative: no request has ended yet. */
  cost = -1;
  costAt = 0;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }
}

/**
 * Of two random endpoints the one with less load takes the request (power of two choices, Mitzenmacher 2001), and load is
 * `cost · (in flight + 1)` with the Peak EWMA of Finagle as cost: a slower answer counts at once, a faster one gradually,
 * and the memory of both fades with τ while an endpoint is idle, so that it is tried again.
 *
 * Nothing is known of a newcomer, so its first request comes soon, and alone: then it is measured.
 */
class P2cEwma implements Balancer {
  readonly #rng: Rng;
  readonly #decayMs: number;
  readonly #startMs: number;
  readonly #failurePenaltyMs: number;
  readonly #roster = new Roster((endpoint) => new Measured(endpoint));
  #members: readonly Measured[] = [];

  constructor(rng: Rng, options: Required<P2cEwmaOptions>) {
    this.#rng = rng;
    this.#decayMs = options.decayMs;
    this.#startMs = options.startMs;
    this.#failurePenaltyMs = options.failurePenaltyMs;
  }

  /** Hot path: O(1). */
  pick(context: PickContext): Endpoint | undefined {
    const first = this.#draw(context, undefined);
    if (first === undefined) return undefined;
    const second = this.#draw(context, first);
    if (second === undefined) return first.endpoint;
    const firstLoad = this.#load(first, context.now);
    const secondLoad = this.#load(second, context.now);
    // Costs that have faded to nothing are equal; what is in flight still tells them apart.
    const less = firstLoad === secondLoad ? second.inFlight < first.inFlight : secondLoad < firstLoad;
    return less ? second.endpoint : first.endpoint;
  }

  onStart(endpoint: Endpoint): void {
    this.#roster.start(endpoint);
  }

  onEnd(endpoint: Endpoint, outcome: Outcome, now: number): void {
    const member = this.#roster.end(endpoint);
    if (member === undefined) return;
    switch (outcome.result) {
      case 'ok':
        this.#observe(member, outcome.latencyMs, now);
        return;
      case 'failed':
        this.#observe(member, Math.max(outcome.latencyMs, this.#failurePenaltyMs), now);
        return;
      case 'cancelled':
        // The answer would have taken at least that long: reason to think worse of it, never better.
        if (outcome.latencyMs > this.#cost(member, now)) this.#observe(member, outcome.latencyMs, now);
    }
  }

  update(endpoints: readonly Endpoint[]): void {
    this.#members = this.#roster.update(endpoints).members;
  }

  /** A random member other than `taken` that is not excluded. */
  #draw(context: PickContext, taken: Measured | undefined): Measured | undefined {
    const members = this.#members;
    const { exclude } = context;
    if (members.length === (taken === undefined ? 0 : 1)) return undefined;
    let index = 0;
    for (let draw = 0; draw < REDRAWS; draw += 1) {
      index = this.#rng.below(members.length);
      const member = members[index];
      if (member !== undefined && member !== taken && exclude?.(member.endpoint) !== true) return member;
    }
    for (let step = 1; step <= members.length; step += 1) {
      const member = members[(index + step) % members.length];
      if (member !== undefined && member !== taken && exclude?.(member.endpoint) !== true) return member;
    }
    return undefined;
  }

  #load(member: Measured, now: number): number {
    if (member.cost < 0 && member.inFlight === 0) return 0;
    return this.#cost(member, now) * (member.inFlight + 1);
  }

  #cost(member: Measured, now: number): number {
    return member.cost < 0 ? this.#startMs : member.cost * this.#remembered(member, now);
  }

  #observe(member: Measured, latencyMs: number, now: number): void {
    const remembered = this.#remembered(member, now);
    member.cost = latencyMs > member.cost ? latencyMs : member.cost * remembered + latencyMs * (1 - remembered);
    member.costAt = now;
  }

  /** w = e^(−Δt/τ) */
  #remembered(member: Measured, now: number): number {
    return Math.exp(-Math.max(0, now - member.costAt) / this.#decayMs);
  }
}

export function createP2cEwma({
  rng,
  decayMs = 10_000,
  startMs = 30,
  failurePenaltyMs = 1_000,
}: P2cEwmaOptions & { readonly rng: Rng }): Balancer {
  assert(decayMs > 0, 'decayMs is positive');
  return new P2cEwma(rng, { decayMs, startMs, failurePenaltyMs });
}
