import type { Registry } from '@portolan/telemetry';
import { Counter } from 'prom-client';

/** Counts what became of the calls to one service. */
export interface CallMetrics {
  attempt(): void;
  /** Once more, elsewhere, after a failure that had reached the server. */
  retry(): void;
  refusal(): void;
}

interface Counters {
  readonly attempts: Counter<'service'>;
  readonly retries: Counter<'service'>;
  readonly refusals: Counter<'service'>;
}

const NO_METRICS: CallMetrics = { attempt: () => undefined, retry: () => undefined, refusal: () => undefined };

// A process has many channels and one registry; a metric is registered there once.
const known = new WeakMap<Registry, Counters>();

export function callMetrics(service: string, registry: Registry | undefined): CallMetrics {
  if (registry === undefined) return NO_METRICS;
  const { attempts, retries, refusals } = known.get(registry) ?? register(registry);
  const labels = { service };
  const attempt = attempts.labels(labels);
  const retry = retries.labels(labels);
  const refusal = refusals.labels(labels);
  return {
    attempt: () => {
      attempt.inc();
    },
    retry: () => {
      retry.inc();
    },
    refusal: () => {
      refusal.inc();
    },
  };
}

function register(registry: Registry): Counters {
  const counter = (name: string, help: string): Counter<'service'> =>
    new Counter({ name, help, labelNames: ['service'], registers: [registry] });
  const counters: Counters = {
    attempts: counter(
      'discovery_call_attempts_total',
      'Attempts of balanced calls, by service; a call has one or more.',
    ),
    retries: counter('discovery_call_retries_total', 'Calls repeated on another endpoint after they had reached one.'),
    refusals: counter('discovery_call_refusals_total', 'Attempts that ended before they reached a server.'),
  };
  known.set(registry, counters);
  return counters;
}
