import type { Registry } from '@portolan/telemetry';
import { Counter, Gauge, Histogram } from 'prom-client';

/** From a call within the host to one that a person gives up on. */
const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts the calls of one side. Labels come from proto definitions and status codes, so they are few. */
export interface CallMetrics {
  /** A call begins. The result is called once when it ends, with the name of its status and how long it took. */
  begin(method: string): (status: string, durationMs: number) => void;
}

/** The calls of one method. */
interface MethodCounts {
  inFlight: number;
  readonly ended: Map<string, number>;
}

type Side = 'client' | 'server';

const NO_METRICS: CallMetrics = { begin: () => () => undefined };

// A process has many connections and one registry; a metric is registered there once.
const known: Readonly<Record<Side, WeakMap<Registry, CallMetrics>>> = { client: new WeakMap(), server: new WeakMap() };

export function callMetrics(side: Side, registry: Registry | undefined): CallMetrics {
  if (registry === undefined) return NO_METRICS;
  const metrics = known[side].get(registry) ?? register(side, registry);
  known[side].set(registry, metrics);
  return metrics;
}

function register(side: Side, registry: Registry): CallMetrics {
  const registers = [registry];
  // Counted here and told when somebody asks: to find a metric by its labels at each call would cost as much as the call.
  const methods = new Map<string, MethodCounts>();
  const handled = new Counter<'method' | 'status'>({
    name: `rpc_${side}_calls_total`,
    help: `Calls that ended, as ${side}, by gRPC status.`,
    labelNames: ['method', 'status'],
    registers,
    collect: () => {
      handled.reset();
      for (const [method, { ended }] of methods) {
        for (const [status, count] of ended) handled.inc({ method, status }, count);
      }
    },
  });
  const duration = new Histogram({
    name: `rpc_${side}_call_seconds`,
    help: `How long calls took, as ${side}; streams count until they end.`,
    labelNames: ['method'],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const inFlight = new Gauge<'method'>({
    name: `rpc_${side}_calls_in_flight`,
    help: `Calls that have begun and not ended, as ${side}.`,
    labelNames: ['method'],
    registers,
    collect: () => {
      for (const [method, counts] of methods) inFlight.set({ method }, counts.inFlight);
    },
  });
  const countsOf = (method: string): MethodCounts => {
    const known = methods.get(method) ?? { inFlight: 0, ended: new Map() };
    methods.set(method, known);
    return known;
  };
  return {
    begin: (method) => {
      const counts = countsOf(method);
      counts.inFlight += 1;
      return (status, durationMs) => {
        counts.inFlight -= 1;
        counts.ended.set(status, (counts.ended.get(status) ?? 0) + 1);
        duration.observe({ method }, durationMs / 1_000);
      };
    },
  };
}
