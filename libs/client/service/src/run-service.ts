import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { advertisedAddress } from '@portolan/config';
import { connectDiscovery, type Discovery } from '@portolan/discovery';
import { createFaultInjection } from '@portolan/fault-injection';
import { readTls, startRpcServer, type BoundService } from '@portolan/rpc';
import { runProcess, sleep, systemClock as clock, systemRng as rng, type Life } from '@portolan/runtime';
import { createTelemetry, startOpsServer, type Telemetry } from '@portolan/telemetry';
import { serviceReadiness } from './readiness.ts';
import type { ServiceContext } from './service-context.ts';
import type { ServiceSettings } from './service-settings.ts';

/**
 * From "deregistered" until calls are refused, ms: callers that watch have heard of it by then, so that a planned end costs
 * nobody a call. Part of the drain deadline.
 */
const PROPAGATION_MS = 250;

/** Of the drain deadline: what a wait for callers, and then for the calls in flight, may take of it. */
const SHARES = { propagation: 0.1, calls: 0.8 };

/**
 * Runs the process of a gRPC service: settings, telemetry, discovery, the server with health and fault injection, the ops
 * port, the registration `{ grpc, ops }`. It starts and serves although the registry is away.
 *
 * On SIGTERM it deregisters, waits for that to reach its callers, finishes the calls in flight, then closes what `open` used.
 * @param service its name in the registry
 * @param open makes its methods; awaited before anything listens
 */
export async function runService(
  service: string,
  settings: ServiceSettings,
  open: (context: ServiceContext) => readonly BoundService[] | Promise<readonly BoundService[]>,
): Promise<void> {
  const { logLevel, logFormat, drainDeadlineMs } = settings;
  const instance = settings.instance ?? `${service}-${randomBytes(4).toString('hex')}`;
  const telemetry = createTelemetry({ app: service, instance, logLevel, logFormat, clock });
  const logger = telemetry.logger('process');
  await runProcess({ name: service, logger, clock, drainDeadlineMs, process }, async (life) => {
    life.use('telemetry', telemetry);
    const address = advertisedAddress(settings);
    const discovery = life.use('discovery', await openDiscovery(service, settings, telemetry));
    const context: ServiceContext = {
      instance,
      clock,
      rng,
      discovery,
      registry: telemetry.registry,
      logger: (module) => telemetry.logger(module),
      use: (name, resource) => life.use(name, resource),
    };
    const services = await open(context);
    const { grpc, ops } = await listen(services, { instance, settings, telemetry, discovery, life });
    const propagationMs = Math.min(PROPAGATION_MS, drainDeadlineMs * SHARES.propagation);
    const ports = { grpc: grpc.port, ops: ops.port };
    life.defer('callers to hear that it leaves', () => sleep(clock, propagationMs, new AbortController().signal));
    life.use(
      'its registration',
      discovery.register({ service, id: instance, address, ports, metadata: { protocol: 'grpc' } }),
    );
    life.ready({ grpc: `${address.includes(':') ? `[${address}]` : address}:${grpc.port}`, ops: ops.url });
    await life.terminationRequested();
  });
}

async function openDiscovery(service: string, settings: ServiceSettings, telemetry: Telemetry): Promise<Discovery> {
  return connectDiscovery({
    registry: settings.registry,
    clock,
    rng,
    logger: telemetry.logger('discovery'),
    principal: { kind: 'service', name: service },
    cacheDir: join(resolve(settings.dataDir ?? `.portolan/${service}`), 'discovery'),
    tls: await readTls(settings),
    metrics: telemetry.registry,
  });
}

interface Listening {
  readonly instance: string;
  readonly settings: ServiceSettings;
  readonly telemetry: Telemetry;
  readonly discovery: Discovery;
  readonly life: Life;
}

async function listen(
  services: readonly BoundService[],
  { instance, settings, telemetry, discovery, life }: Listening,
) {
  const faults = createFaultInjection({ clock, rng });
  const ops = life.use(
    'the ops port',
    await startOpsServer({
      bind: settings.opsBind,
      port: settings.opsPort,
      telemetry,
      readiness: () => serviceReadiness(discovery.staleness(), life.signal.aborted),
      routes: faults.opsRoutes,
    }),
  );
  const grpc = life.use(
    'the calls in flight',
    await startRpcServer({
      bind: { host: settings.bind, port: settings.port },
      services,
      logger: telemetry.logger('rpc'),
      drainMs: settings.drainDeadlineMs * SHARES.calls,
      tls: await readTls(settings),
      instance,
      interceptors: [faults.interceptor],
      registry: telemetry.registry,
      clock,
    }),
  );
  return { grpc, ops };
}
