import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import { createCatalog } from '@portolan/catalog';
import { openDataFolder } from '@portolan/cluster';
import { startEtcdServer } from '@portolan/etcd-dialect';
import { startFastServer } from '@portolan/grpc';
import { NativeLoad, nativeServices } from '@portolan/native-dialect';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import { answerParent } from '../wire/answer-parent.ts';
import { profileAnswers } from '../wire/profiling.ts';
import { HOST } from './cluster.ts';
import { openAsUsual } from './open-as-usual.ts';
import { openWithoutSnapshots } from './open-without-snapshots.ts';
import { ourSettingsSchema, type Stall } from './our-settings.ts';

/** The timer that sees delays. */
const LOOK_MS = 1;
const DRAIN_MS = 1_000;

const settings = ourSettingsSchema.parse(JSON.parse(process.argv[2] ?? ''));
const telemetry = createTelemetry({ app: 'registry', logLevel: 'error', logFormat: 'json', clock });
const access = createAccess(DEVELOPMENT_POLICY);
const folder = await openDataFolder({ path: settings.folder, rng, name: settings.name });
const open = settings.snapshots === 'never' ? openWithoutSnapshots : openAsUsual;
const store = await open({ folder, peer: settings.peer, access, telemetry });
const serving = { drainMs: DRAIN_MS, registry: telemetry.registry, clock };
const bind = { host: HOST, port: 0 };
const etcd = await startEtcdServer({ ...serving, bind, store, logger: telemetry.logger('etcd'), rng });
const catalog = createCatalog({ store, clock, access, logger: telemetry.logger('catalog') });
const native = await startFastServer({
  ...serving,
  bind,
  services: nativeServices(catalog, store, new NativeLoad()),
  logger: telemetry.logger('rpc'),
});
const delays = monitorEventLoopDelay({ resolution: LOOK_MS });
delays.enable();

function takeStall(): Stall {
  const ms = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - LOOK_MS);
  const stall = { p999Ms: ms(delays.percentile(99.9)), longestMs: ms(delays.max) };
  delays.reset();
  return stall;
}

answerParent(etcd.port, {
  pid: () => process.pid,
  nativePort: () => native.port,
  stall: takeStall,
  ...profileAnswers(),
});
