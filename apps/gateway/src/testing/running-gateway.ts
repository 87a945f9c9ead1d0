import { createSeededRng, type Clock } from '@portolan/kernel';
import { systemClock } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import { startControl, type Control } from '../control/control.ts';
import { routesOf, routesSetting } from '../control/route-settings.ts';
import type { ExchangeRecord } from '../data/exchange-record.ts';
import { startHttpServer, type HttpServer } from '../data/http-server.ts';
import { Directory } from './directory.ts';

export interface GatewayOptions {
  readonly routes?: readonly object[];
  readonly clock?: Clock;
  readonly bodyBytesMax?: number;
  readonly trustedProxies?: readonly string[];
  readonly idleTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
}

/** Control and data plane as the process composes them, over a directory that the test fills. Routes lead to `shop`. */
export interface RunningGateway extends AsyncDisposable {
  readonly server: HttpServer;
  readonly control: Control;
  readonly directory: Directory;
  readonly records: readonly ExchangeRecord[];
  /** The next record, once its exchange is over. */
  recorded(): Promise<ExchangeRecord>;
  readonly log: readonly string[];
}

export const RESPONSE_TIMEOUT_MS = 5_000;

const SHOP = [
  { host: 'shop.localhost', service: 'shop' },
  { prefix: '/shop', stripPrefix: true, service: 'shop' },
];

export async function startGateway(options: GatewayOptions = {}): Promise<RunningGateway> {
  const { routes = SHOP, clock = systemClock } = options;
  const log: string[] = [];
  await using opened = new AsyncDisposableStack();
  const destination = { write: (line: string): void => void log.push(line) };
  const telemetry = opened.use(
    createTelemetry({ app: 'test', logLevel: 'debug', logFormat: 'json', clock, destination }),
  );
  const logger = telemetry.logger('gateway');
  const directory = new Directory();
  const records: ExchangeRecord[] = [];
  const waiting: ((record: ExchangeRecord) => void)[] = [];
  const server = opened.use(
    await startHttpServer({
      bind: '127.0.0.1',
      port: 0,
      strategy: 'round-robin',
      connectTimeoutMs: options.connectTimeoutMs ?? 1_000,
      responseTimeoutMs: RESPONSE_TIMEOUT_MS,
      idleTimeoutMs: options.idleTimeoutMs ?? 60_000,
      bodyBytesMax: options.bodyBytesMax ?? 1_000_000,
      trustedProxies: options.trustedProxies ?? [],
      clock,
      rng: createSeededRng(3),
      logger,
      record: (record) => {
        records.push(record);
        waiting.shift()?.(record);
      },
    }),
  );
  const control = opened.use(
    startControl({
      directory,
      routes: routesOf(routesSetting.parse(routes)),
      domain: 'localhost',
      logger,
      apply: (snapshot) => {
        server.apply(snapshot);
      },
    }),
  );
  // From here on it is the caller's.
  const stack = opened.move();
  return {
    server,
    control,
    directory,
    records,
    recorded: () => new Promise((resolve) => waiting.push(resolve)),
    log,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
