import { systemClock } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import { accessLog } from './access-log.ts';
import { EMPTY_SNAPSHOT } from './control/snapshot.ts';
import type { ExchangeRecord } from './data/exchange-record.ts';
import { gatewayMetrics } from './metrics.ts';

const UNROUTED: ExchangeRecord = {
  method: 'GET',
  host: 'shop.localhost',
  path: '/x',
  status: 200,
  durationMs: 12,
  attempts: 1,
  clientGone: false,
};
const RECORD: ExchangeRecord = { ...UNROUTED, route: 'shop' };

describe('what is told of a request', () => {
  it('is counted by route and status, with further attempts and the age of what is known', async () => {
    const lines: string[] = [];
    const destination = { write: (line: string): void => void lines.push(line) };
    await using telemetry = createTelemetry({
      app: 'test',
      logLevel: 'info',
      logFormat: 'json',
      clock: systemClock,
      destination,
    });
    const metrics = gatewayMetrics(telemetry.registry, () => ({ source: 'memory', ageMs: 2_500 }));
    metrics.applied({ ...EMPTY_SNAPSHOT, version: 4 });
    metrics.requested(RECORD);
    metrics.requested({ ...RECORD, status: undefined, clientGone: true, attempts: 3 });
    metrics.requested({ ...UNROUTED, status: 404, attempts: 0 });
    const text = await telemetry.registry.metrics();
    expect(text).toMatch(/gateway_requests_total\{route="shop",method="GET",status="200",.*\} 1/);
    expect(text).toMatch(/gateway_requests_total\{route="shop",method="GET",status="499",.*\} 1/);
    expect(text).toMatch(/gateway_requests_total\{route="none",method="GET",status="404",.*\} 1/);
    expect(text).toMatch(/gateway_further_attempts_total\{route="shop",.*\} 2/);
    expect(text).toMatch(/gateway_snapshot_version\{.*\} 4/);
    expect(text).toMatch(/gateway_endpoints_age_seconds\{.*\} 2\.5/);

    const log = accessLog(telemetry.logger('access'));
    log(RECORD);
    log({ ...RECORD, status: 503, code: 'GATEWAY_NO_ENDPOINT' });
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ level: 'info', event: 'access', msg: 'GET shop.localhost/x 200', route: 'shop' }),
      expect.objectContaining({ level: 'warn', code: 'GATEWAY_NO_ENDPOINT' }),
    ]);
  });
});
