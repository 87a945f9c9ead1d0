import { byCertificate, createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import { checkRegistration, createCatalog } from '@portolan/catalog';
import { advertisedAddress, loadConfigOrExit } from '@portolan/config';
import { startEtcdServer } from '@portolan/etcd-dialect';
import { GRPC_SERVERS } from '@portolan/grpc';
import { LeaderWatch, NativeLoad, nativeServices } from '@portolan/native-dialect';
import { readTls } from '@portolan/rpc';
import { runProcess, systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import { registryConfig } from './config.ts';
import { etcdPortOf, etcdUrlOf } from './etcd-port.ts';
import { inOwnCluster } from './in-own-cluster.ts';
import { warnOpenPort } from './open-port.ts';
import { registerSelf } from './register-self.ts';
import { registryMetrics } from './registry-metrics.ts';
import { scheduledBackups } from './scheduled-backups.ts';
import { within } from './within.ts';

const config = loadConfigOrExit(registryConfig, process);
const { drainDeadlineMs, logLevel, logFormat } = config;
const telemetry = createTelemetry({ app: 'registry', logLevel, logFormat, clock });

await runProcess(
  { name: 'registry', logger: telemetry.logger('main'), clock, drainDeadlineMs, process },
  async (life) => {
    life.use('telemetry', telemetry);
    const address = advertisedAddress(config);
    const access = createAccess(DEVELOPMENT_POLICY);
    const tls = await readTls(config);
    const options = { life, config, telemetry, access, tls, address };
    // Loaded when they are asked for: most starts need neither somebody else's etcd nor RabbitMQ.
    const home =
      config.store === undefined
        ? await inOwnCluster(options)
        : await (await import('./on-etcd.ts')).onEtcd(config.store, options);
    const { instance, store, member, ops } = home;
    const catalog = createCatalog({ store, clock, access, logger: telemetry.logger('catalog') });
    // Without a leader what it has begun to write does not end.
    life.defer('the catalog', () => within(clock, drainDeadlineMs * 0.2, catalog[Symbol.asyncDispose]()));
    if (config.amqpUrl !== undefined) {
      const logger = telemetry.logger('events');
      const [{ AmqpMessaging }, { CatalogEvents }] = await Promise.all([
        import('@portolan/messaging'),
        import('./catalog-events.ts'),
      ]);
      const events = await AmqpMessaging.open({ url: config.amqpUrl, clock, logger, name: instance });
      life.use('RabbitMQ', events);
      life.use('events of the catalog', new CatalogEvents({ store, events, clock, logger }));
    }
    const { backupDir } = config;
    const { state } = home.admin;
    if (backupDir !== undefined && state !== undefined) {
      const logger = telemetry.logger('backups');
      life.use('scheduled backups', scheduledBackups({ ...config, backupDir, admin: state, clock, logger }));
    }
    const leader = life.use(
      'the watch for its leader',
      new LeaderWatch({ store, clock, logger: telemetry.logger('leader') }),
    );
    const load = new NativeLoad();
    registryMetrics(telemetry.registry, { store, member, catalog, load });
    const server = life.use(
      'the gRPC server',
      await GRPC_SERVERS[config.grpcServer].serve({
        bind: { host: config.bind, port: config.port },
        services: [...nativeServices(catalog, store, load, { age: member?.freshness, leader }), ...home.services],
        logger: telemetry.logger('rpc'),
        // The rest is for what is closed after it.
        drainMs: drainDeadlineMs * 0.4,
        tls,
        identify: byCertificate,
        instance,
        registry: telemetry.registry,
        clock,
      }),
    );
    const etcd =
      config.etcd === 'off'
        ? undefined
        : life.use(
            "the server of etcd's API",
            await startEtcdServer({
              bind: { host: config.bind, port: etcdPortOf(config) },
              store,
              ...home.admin,
              logger: telemetry.logger('etcd'),
              clock,
              rng,
              drainMs: drainDeadlineMs * 0.1,
              tls,
              identify: byCertificate,
              registry: telemetry.registry,
              origins: config.etcdCors,
            }),
          );
    const { bind } = config;
    const logger = telemetry.logger('main');
    warnOpenPort(logger, { bind, port: server.port, who: 'clients', tls });
    if (etcd !== undefined) warnOpenPort(logger, { bind, port: etcd.port, who: "etcd's clients", tls });
    const listening = { grpc: server.port, ops: ops.port, ...(etcd !== undefined && { etcd: etcd.port }) };
    const ports = Object.entries(listening).map(([name, number]) => ({ name, number }));
    const registration = checkRegistration({ service: 'registry', id: instance, address, ports });
    const registered = life.use(
      'its own registration',
      registerSelf({ catalog, clock, registration, goodbyeMs: drainDeadlineMs * 0.2 }),
    );
    const host = address.includes(':') ? `[${address}]` : address;
    const grpc = `${host}:${server.port}`;
    const etcdAt = etcd && `${host}:${etcd.port}`;
    const etcdUrls = etcdAt === undefined ? [] : [etcdUrlOf(config.advertiseEtcd ?? etcdAt, tls)];
    void home.announce({ clientAddresses: [grpc], etcdUrls }, life.signal);
    await Promise.race([registered.whenRegistered, life.terminationRequested()]);
    if (life.signal.aborted) return;
    life.ready({
      grpc,
      ops: ops.url,
      ...(etcdAt !== undefined && { etcd: etcdUrlOf(etcdAt, tls) }),
    });
    await life.terminationRequested();
  },
);
