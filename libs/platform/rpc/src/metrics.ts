import type { Registry } from '@portolan/telemetry';
import { Counter, Gauge, Histogram } from 'prom-client';

/** From a call within the host to one that a person gives up on. */
const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts the calls of one side. Labels come from proto definitions and status codes, so they are few. */
export interface CallMetrics {
  /** A call begins. @returns what is told when it ends, once */
  begin(method: string): MethodMetrics;
}

/** The calls of one method: the same for all of them, so that a call allocates nothing here. */
export interface MethodMetrics {
  /** A call has ended. @param status its name @param durationMs how long it took */
  end(status: string, durationMs: number): void;
}

type Side = 'client' | 'server';

const NOT_COUNTED: MethodMetrics = { end: () => undefined };
const NO_METRICS: CallMetrics = { begin: () => NOT_COUNTED };

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
  const duration = new Histogram<'method'>({
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
  return {
    begin: (method) => {
      let counts = methods.get(method);
      if (counts === undefined) {
        counts = new MethodCounts(duration, method);
        methods.set(method, counts);
      }
      counts.inFlight += 1;
      return counts;
    },
  };
}

class MethodCounts implements MethodMetrics {
  inFlight = 0;
  readonly ended = new Map<string, number>();
  private readonly duration: Histogram<'method'>;
  private readonly labels: { readonly method: string };

  constructor(duration: Histogram<'method'>, method: string) {
    this.duration = duration;
    this.labels = { method };
  }

  end(status: string, durationMs: number): void {
    this.inFlight -= 1;
    this.ended.set(status, (this.ended.get(status) ?? 0) + 1);
    this.duration.observe(this.labels, durationMs / 1_000);
  }
}
