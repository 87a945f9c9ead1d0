import type { Rng } from '@portolan/kernel';
import type { Balancer } from './balancer.ts';
import { createLeastConnections } from './least-connections.ts';
import { createP2cEwma, type P2cEwmaOptions } from './p2c-ewma.ts';
import { createRoundRobin } from './round-robin.ts';
import { createWeightedRoundRobin, type WeightedRoundRobinOptions } from './weighted-round-robin.ts';

/** What strategies are made from; each takes what it needs. */
export interface BalancerOptions {
  readonly rng: Rng;
  readonly weightedRoundRobin?: WeightedRoundRobinOptions;
  readonly p2cEwma?: P2cEwmaOptions;
}

/** One strategy: its row is all that configuration, help, README, shared suite and bench need to know of it. */
export interface StrategyRow {
  readonly create: (options: BalancerOptions) => Balancer;
  /** One line, for people who choose. */
  readonly summary: string;
  /** Whether an endpoint of weight 2 takes twice the requests of one of weight 1. */
  readonly weighted: boolean;
}

export const STRATEGIES = {
  'round-robin': {
    create: createRoundRobin,
    summary: 'each endpoint in turn, fair also while endpoints come and go',
    weighted: false,
  },
  'weighted-round-robin': {
    create: ({ weightedRoundRobin }) => createWeightedRoundRobin(weightedRoundRobin),
    summary: 'each in turn by its weight, evenly spread; a failure lowers the weight for a while (nginx)',
    weighted: true,
  },
  'least-connections': {
    create: createLeastConnections,
    summary: 'fewest requests in flight; among equals each in turn',
    weighted: false,
  },
  'p2c-ewma': {
    create: ({ rng, p2cEwma }) => createP2cEwma({ ...p2cEwma, rng }),
    summary: 'two random choices, the one with less latency and fewer requests in flight wins (Finagle)',
    weighted: false,
  },
} as const satisfies Readonly<Record<string, StrategyRow>>;

export type StrategyName = keyof typeof STRATEGIES;

/** For settings. */
export const STRATEGY_NAMES: readonly StrategyName[] = Object.keys(STRATEGIES).filter((name): name is StrategyName =>
  Object.hasOwn(STRATEGIES, name),
);

/** What a caller without a preference gets: it needs no weights and evades a slow or failing endpoint by itself. */
export const DEFAULT_STRATEGY = 'p2c-ewma' satisfies StrategyName;

export function createBalancer(name: StrategyName, options: BalancerOptions): Balancer {
  return STRATEGIES[name].create(options);
}
