import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { advertisedAddress, loadConfigOrExit } from '@portolan/config';
import { connectDiscovery } from '@portolan/discovery';
import { startHttpServer } from '@portolan/http-server';
import { readTls } from '@portolan/rpc';
import { runProcess, systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { createTelemetry, startOpsServer, type Readiness } from '@portolan/telemetry';
import { createApp } from './app.ts';
import { bffWebConfig } from './config.ts';
import { readinessOf } from './readiness.ts';
import { checkLoginExposure } from './session/login-exposure.ts';
import { keptSessionSecret } from './session/session-secret.ts';
import { createSessions } from './session/sessions.ts';
import { createShopServices } from './shop/services.ts';

const config = loadConfigOrExit(bffWebConfig, process);
const { bind, port, strategy, sessionSecret, drainDeadlineMs } = config;
const instance = config.instance ?? `bff-web-${randomBytes(4).toString('hex')}`;
const telemetry = createTelemetry({ ...config, app: 'bff-web', instance, clock });
const logger = telemetry.logger('process');

await runProcess({ name: 'bff-web', logger, clock, drainDeadlineMs, process }, async (life) => {
  const address = advertisedAddress(config);
  const exposure = { developmentLogin: config.developmentLogin, hasSessionSecret: sessionSecret !== undefined };
  checkLoginExposure({ ...exposure, addresses: [bind, address] });
  const dataDir = resolve(config.dataDir ?? '.portolan/bff-web');
  const secret = sessionSecret === undefined ? await keptSessionSecret(dataDir) : Buffer.from(sessionSecret);
  const sessions = createSessions({ secret, ttlMs: config.sessionMinutes * 60_000, clock });

  const discovery = life.use(
    'discovery',
    connectDiscovery({
      registry: config.registry,
      clock,
      rng,
      logger: telemetry.logger('discovery'),
      principal: { kind: 'service', name: 'bff-web' },
      cacheDir: join(dataDir, 'discovery'),
      tls: await readTls(config),
      metrics: telemetry.registry,
    }),
  );
  const services = createShopServices((service) => discovery.channel(service, { strategy }));
  const app = createApp({
    services,
    sessions,
    clock,
    logger: telemetry.logger('http'),
    registry: telemetry.registry,
    settings: config,
  });
  const readiness = (): Readiness => readinessOf(discovery.staleness(), life.signal.aborted);
  const ops = life.use(
    'ops port',
    await startOpsServer({ bind: config.opsBind, port: config.opsPort, telemetry, readiness }),
  );
  const http = life.use('http server', await startHttpServer({ bind, port, handler: app }));
  const ports = { http: http.port, ops: ops.port };
  life.use(
    'registration',
    discovery.register({ service: 'bff-web', id: instance, address, ports, metadata: { gateway: 'expose' } }),
  );
  life.ready({ http: `http://${address.includes(':') ? `[${address}]` : address}:${http.port}`, ops: ops.url });
  await life.terminationRequested();
});
