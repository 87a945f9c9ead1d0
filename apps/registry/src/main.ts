import { createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import { createCatalog } from '@portolan/catalog';
import { advertisedAddress, loadConfigOrExit } from '@portolan/config';
import { CatalogServiceService } from '@portolan/contracts/catalog';
import { KvServiceService } from '@portolan/contracts/kv';
import { implement, readTls, startRpcServer } from '@portolan/rpc';
import { runProcess, systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { createTelemetry, startOpsServer } from '@portolan/telemetry';
import { registryConfig } from './config.ts';
import { openMember } from './member.ts';
import { catalogService } from './native/catalog-service.ts';
import { kvService } from './native/kv-service.ts';
import { NativeLoad } from './native/native-load.ts';
import { openStore } from './open-store.ts';
import { registryMetrics } from './registry-metrics.ts';

const config = loadConfigOrExit(registryConfig, process);
const { drainDeadlineMs, logLevel, logFormat } = config;
const telemetry = createTelemetry({ app: 'registry', logLevel, logFormat, clock });

await runProcess(
  { name: 'registry', logger: telemetry.logger('main'), clock, drainDeadlineMs, process },
  async (life) => {
    life.use('telemetry', telemetry);
    const address = advertisedAddress(config);
    const tls = await readTls(config);
    const member = await openMember(config.dataDir ?? '.portolan/registry', rng);
    const instance = config.instance ?? member.instance;
    telemetry.logger('main').info({ instance }, 'services and keys are kept in memory');
    const access = createAccess(DEVELOPMENT_POLICY);
    const store = life.use('the store', openStore({ ...config, clock, rng, access }));
    const catalog = life.use(
      'the catalog',
      createCatalog({ store, clock, access, logger: telemetry.logger('catalog') }),
    );
    const load = new NativeLoad();
    registryMetrics(telemetry.registry, { store, catalog, load });
    const server = life.use(
      'the gRPC server',
      await startRpcServer({
        bind: { host: config.bind, port: config.port },
        services: [
          implement(CatalogServiceService, catalogService(catalog, load)),
          implement(KvServiceService, kvService(store)),
        ],
        logger: telemetry.logger('rpc'),
        // The rest is for what is closed after it.
        drainMs: drainDeadlineMs * 0.8,
        tls,
        instance,
        registry: telemetry.registry,
        clock,
      }),
    );
    const readiness = () => ({ ready: !life.signal.aborted, checks: { store: { ok: true, detail: 'in memory' } } });
    const ops = await startOpsServer({ bind: config.opsBind, port: config.opsPort, telemetry, readiness });
    life.use('the ops server', ops);
    life.ready({ grpc: `${address.includes(':') ? `[${address}]` : address}:${server.port}`, ops: ops.url });
    await life.terminationRequested();
  },
);
