export { StandInRegistry } from './stand-in-registry.ts';
export { until } from './until.ts';
