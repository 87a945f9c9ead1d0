import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { advertisedAddress, loadConfigOrExit } from '@portolan/config';
import { connectDiscovery } from '@portolan/discovery';
import { readTls } from '@portolan/rpc';
import { runProcess, sleep, systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { createTelemetry, startOpsServer } from '@portolan/telemetry';
import { accessLog } from './access-log.ts';
import { gatewayConfig } from './config.ts';
import { adminRoutes } from './control/admin-routes.ts';
import { startControl } from './control/control.ts';
import { readinessOf } from './control/readiness.ts';
import { routesOf } from './control/route-settings.ts';
import { startHttpServer } from './data/http-server.ts';
import { gatewayMetrics } from './metrics.ts';

/** Of the drain deadline, for requests in flight; the rest is for what is closed before and after. */
const DRAIN_SHARE = 0.8;

const config = loadConfigOrExit(gatewayConfig, process);
const { drainAcceptMs, drainDeadlineMs } = config;
const instance = config.instance ?? `gateway-${randomBytes(4).toString('hex')}`;
const telemetry = createTelemetry({ ...config, app: 'gateway', instance, clock });
const options = { name: 'gateway', logger: telemetry.logger('process'), clock, process };

await runProcess({ ...options, drainDeadlineMs: drainDeadlineMs + drainAcceptMs }, async (life) => {
  life.use('telemetry', telemetry);
  const address = advertisedAddress(config);
  const discovery = life.use(
    'discovery',
    connectDiscovery({
      registry: config.registry,
      clock,
      rng,
      logger: telemetry.logger('discovery'),
      principal: { kind: 'service', name: 'gateway' },
      cacheDir: join(resolve(config.dataDir ?? '.portolan/gateway'), 'discovery'),
      tls: await readTls(config),
      metrics: telemetry.registry,
    }),
  );
  const staleness = () => discovery.staleness();
  const log = accessLog(telemetry.logger('access'));
  const metrics = gatewayMetrics(telemetry.registry, staleness);
  const server = life.use(
    'http server',
    await startHttpServer({
      ...config,
      clock,
      rng,
      logger: telemetry.logger('http'),
      record: (record) => {
        metrics.requested(record);
        log(record);
      },
    }),
  );
  const control = life.use(
    'routes',
    startControl({
      directory: discovery,
      routes: routesOf(config.routes),
      domain: config.domain,
      logger: telemetry.logger('control'),
      apply: (snapshot) => {
        metrics.applied(snapshot);
        server.apply(snapshot);
      },
    }),
  );
  const readiness = () => readinessOf(staleness(), control, life.signal.aborted);
  const routes = adminRoutes(control, server.states, staleness);
  const ops = life.use(
    'ops port',
    await startOpsServer({ bind: config.opsBind, port: config.opsPort, telemetry, readiness, routes }),
  );
  life.defer('requests in flight', () => server.drain(drainDeadlineMs * DRAIN_SHARE));
  life.defer('load balancers to notice', () => sleep(clock, drainAcceptMs, new AbortController().signal));
  const ports = { http: server.port, ops: ops.port };
  life.use('registration', discovery.register({ service: 'gateway', id: instance, address, ports }));
  life.ready({ http: `http://${address.includes(':') ? `[${address}]` : address}:${server.port}`, ops: ops.url });
  await life.terminationRequested();
});
