import type { Staleness } from '@portolan/discovery';
import type { Registry } from '@portolan/telemetry';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { RoutingSnapshot } from './control/snapshot.ts';
import type { ExchangeRecord } from './data/exchange-record.ts';

/** From an answer out of a cache nearby to one that nobody waits for any more. */
const DURATION_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

export interface GatewayMetrics {
  requested(record: ExchangeRecord): void;
  applied(snapshot: RoutingSnapshot): void;
}

/** @param staleness asked at each scrape */
export function gatewayMetrics(registry: Registry, staleness: () => Staleness): GatewayMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'gateway_requests_total',
    help: 'Requests by route and status; status 499: the client left first.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'gateway_request_duration_seconds',
    help: 'From the head of a request to the end of its answer.',
    labelNames: ['route'],
    buckets: DURATION_BUCKETS_S,
    registers,
  });
  const attempts = new Counter({
    name: 'gateway_further_attempts_total',
    help: 'Attempts after the first of a request: other endpoints after a refused connection, and retries.',
    labelNames: ['route'],
    registers,
  });
  const version = new Gauge({
    name: 'gateway_snapshot_version',
    help: 'Counts the routing snapshots of this process.',
    registers,
  });
  new Gauge({
    name: 'gateway_endpoints_age_seconds',
    help: 'Age of what is known about endpoints; 0 while it is followed live.',
    registers,
    collect() {
      this.set(staleness().ageMs / 1_000);
    },
  });
  return {
    requested(record) {
      const route = record.route ?? 'none';
      requests.inc({ route, method: record.method, status: record.status ?? 499 });
      duration.observe({ route }, record.durationMs / 1_000);
      if (record.attempts > 1) attempts.inc({ route }, record.attempts - 1);
    },
    applied(snapshot) {
      version.set(snapshot.version);
    },
  };
}
