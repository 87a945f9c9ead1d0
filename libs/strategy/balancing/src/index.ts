export type { Balancer, BalancerOptions, Outcome, PickContext, StrategyRow } from './balancer.ts';
export type { Endpoint } from './endpoint.ts';
export { createBalancer, STRATEGIES, type StrategyName } from './strategies.ts';
