import type { Balancer, BalancerOptions, StrategyRow } from './balancer.ts';
import { createLeastConnections } from './least-connections.ts';
import { createP2cEwma } from './p2c-ewma.ts';
import { createRoundRobin } from './round-robin.ts';
import { createWeightedRoundRobin } from './weighted-round-robin.ts';

/** Every strategy there is. Configuration, the shared suite and the README iterate it: a row is the whole integration. */
export const STRATEGIES = {
  'round-robin': { create: createRoundRobin, summary: 'each endpoint in turn', weighted: false },
  'weighted-round-robin': {
    create: createWeightedRoundRobin,
    summary: 'in turn, in proportion to the weights, evenly interleaved; less to those that fail',
    weighted: true,
  },
  'least-connections': {
    create: createLeastConnections,
    summary: 'fewest requests in flight, ties in turn',
    weighted: false,
  },
  'p2c-ewma': {
    create: createP2cEwma,
    summary: 'two random choices, the one with the lower latency × pending wins',
    weighted: true,
  },
} as const satisfies Record<string, StrategyRow>;

export type StrategyName = keyof typeof STRATEGIES;

export function createBalancer(name: StrategyName, options: BalancerOptions): Balancer {
  return STRATEGIES[name].create(options);
}
