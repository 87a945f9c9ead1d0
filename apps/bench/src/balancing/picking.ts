import { createBalancer, type Balancer, type Endpoint, type StrategyName } from '@portolan/balancing';
import { systemRng } from '@portolan/runtime';

/** Requests under way at any time, as a busy gateway has them. */
const IN_FLIGHT = 64;
const LATENCIES_MS = [1, 2, 3, 5, 8, 13, 40];

/** A balancer under a steady stream of requests: each begins with a pick, and ends when the next 64 have begun. */
export class Picking {
  readonly #balancer: Balancer;
  readonly #underWay: (Endpoint | undefined)[] = Array.from({ length: IN_FLIGHT });
  // The same object each time: what is allocated here is not the balancer's.
  readonly #context = { now: 0 };
  readonly #outcomes = LATENCIES_MS.map((latencyMs) => ({ latencyMs, result: 'ok' as const }));
  #step = 0;

  constructor(strategy: StrategyName, endpoints: number) {
    this.#balancer = createBalancer(strategy, { rng: systemRng });
    this.#balancer.update(endpointsOf(endpoints));
  }

  run(picks: number): void {
    for (let index = 0; index < picks; index += 1) {
      this.#step += 1;
      this.#context.now = this.#step;
      const slot = this.#step % IN_FLIGHT;
      const ended = this.#underWay[slot];
      const outcome = this.#outcomes[this.#step % this.#outcomes.length];
      if (ended !== undefined && outcome !== undefined) this.#balancer.onEnd?.(ended, outcome, this.#step);
      const picked = this.#balancer.pick(this.#context);
      if (picked === undefined) throw new Error('a balancer with endpoints picks one');
      this.#balancer.onStart?.(picked, this.#step);
      this.#underWay[slot] = picked;
    }
  }
}

const endpointsOf = (count: number): readonly Endpoint[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `instance-${index}`,
    service: 'bench',
    metadata: {},
    address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}:8080`,
    weight: 1 + (index % 4),
  }));
