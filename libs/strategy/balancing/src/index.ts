export type { Balancer, Outcome, PickContext } from './balancer.ts';
export type { Endpoint } from './endpoint.ts';
export type { P2cEwmaOptions } from './p2c-ewma.ts';
export {
  createBalancer,
  DEFAULT_STRATEGY,
  STRATEGIES,
  STRATEGY_NAMES,
  type BalancerOptions,
  type StrategyName,
  type StrategyRow,
} from './strategies.ts';
export type { WeightedRoundRobinOptions } from './weighted-round-robin.ts';
