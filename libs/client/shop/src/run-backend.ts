import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { openCache, type OpenCache } from '@portolan/cache';
import { advertisedAddress } from '@portolan/config';
import { connectDiscovery } from '@portolan/discovery';
import { startHttpServer } from '@portolan/http-server';
import type { Clock, Principal, Rng } from '@portolan/kernel';
import { readTls, type RpcChannel } from '@portolan/rpc';
import { runProcess, systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { createTelemetry, startOpsServer, type Readiness, type Telemetry } from '@portolan/telemetry';
import type { Express } from 'express';
import { readinessOf } from './readiness.ts';
import { createShopServices, type ShopServices } from './services.ts';
import { checkLoginExposure } from './session/login-exposure.ts';
import { keptSessionSecret } from './session/session-secret.ts';
import { createSessions, type Sessions } from './session/sessions.ts';
import type { BackendSettings } from './settings.ts';

/** What a backend is given to make its app from. */
export interface BackendContext extends Pick<Telemetry, 'logger' | 'registry'> {
  readonly instance: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly services: ShopServices;
  readonly sessions: Sessions;
  readonly cache: OpenCache;
  /** Who the backend is to the registry. */
  readonly principal: Principal;
  /** To the registry, for a store of its own. */
  readonly registryChannel: () => RpcChannel;
  /** Aborted when the process is told to end: streams to clients end then. */
  readonly ending: AbortSignal;
  /** Disposes `resource` after the last request has been answered. Its name appears when that takes too long. */
  readonly use: <T extends AsyncDisposable | Disposable>(name: string, resource: T) => T;
}

/**
 * Runs the process of a backend: settings, telemetry, discovery, the shop's services, sessions, cache, the ops port, the HTTP
 * server, and the registration that the gateway routes by. It starts and serves although the registry
 * or Redis are away.
 * @param name in the registry
 * @param open makes its app; awaited before anything listens
 */
export async function runBackend(
  name: string,
  settings: BackendSettings,
  open: (context: BackendContext) => Express | Promise<Express>,
): Promise<void> {
  const { bind, port, strategy, sessionSecret, developmentLogin, drainDeadlineMs, redisUrl } = settings;
  const instance = settings.instance ?? `${name}-${randomBytes(4).toString('hex')}`;
  const { logLevel, logFormat } = settings;
  const telemetry = createTelemetry({ app: name, instance, logLevel, logFormat, clock });
  const logger = telemetry.logger('process');
  await runProcess({ name, logger, clock, drainDeadlineMs, process }, async (life) => {
    life.use('telemetry', telemetry);
    const address = advertisedAddress(settings);
    checkLoginExposure({ developmentLogin, hasSessionSecret: sessionSecret !== undefined, addresses: [bind, address] });
    const dataDir = resolve(settings.dataDir ?? `.portolan/${name}`);
    const secret = sessionSecret === undefined ? await keptSessionSecret(dataDir) : Buffer.from(sessionSecret);
    const principal = { kind: 'service', name } as const;
    const discovery = life.use(
      'discovery',
      connectDiscovery({
        registry: settings.registry,
        clock,
        rng,
        logger: telemetry.logger('discovery'),
        principal,
        cacheDir: join(dataDir, 'discovery'),
        tls: await readTls(settings),
        metrics: telemetry.registry,
      }),
    );
    const cacheLogger = telemetry.logger('cache');
    const cache = life.use(
      'the cache',
      openCache({ redisUrl, app: name, clock, logger: cacheLogger, metrics: telemetry.registry }),
    );
    const app = await open({
      instance,
      clock,
      rng,
      services: createShopServices((service) => discovery.channel(service, { strategy })),
      sessions: createSessions({ secret, ttlMs: settings.sessionMinutes * 60_000, clock }),
      cache,
      principal,
      registryChannel: () => discovery.registryChannel(),
      ending: life.signal,
      registry: telemetry.registry,
      logger: (module) => telemetry.logger(module),
      use: (what, resource) => life.use(what, resource),
    });
    const readiness = (): Readiness => readinessOf(discovery.staleness(), life.signal.aborted);
    const opsPort = { bind: settings.opsBind, port: settings.opsPort, telemetry, readiness };
    const ops = life.use('ops port', await startOpsServer(opsPort));
    const http = life.use('http server', await startHttpServer({ bind, port, handler: app }));
    const ports = { http: http.port, ops: ops.port };
    life.use(
      'registration',
      discovery.register({ service: name, id: instance, address, ports, metadata: { gateway: 'expose' } }),
    );
    life.ready({ http: `http://${address.includes(':') ? `[${address}]` : address}:${http.port}`, ops: ops.url });
    await life.terminationRequested();
  });
}
