import { openEtcdStore, parseEtcdAddress } from '@portolan/etcd-store';
import { createIncarnation } from '@portolan/kv';
import { storeAdminBinding } from '@portolan/native-dialect';
import { readTls } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { startOpsServer } from '@portolan/telemetry';
import { clusterElsewhere, refuseAdmin } from './cluster-elsewhere.ts';
import { ConfigConflictError } from './errors.ts';
import type { StoreHome, StoreHomeOptions } from './store-home.ts';
import { storeOptions } from './store-options.ts';
import { StoreProbe } from './store-probe.ts';

/**
 * A registry that keeps nothing itself: its store is on an etcd cluster that is there already, with as many other registries as there are.
 * @param url `etcd://…`
 */
export async function onEtcd(url: string, options: StoreHomeOptions): Promise<StoreHome> {
  const { life, config, telemetry, access } = options;
  if (config.peers !== undefined) throw new ConfigConflictError('--store', '--peers');
  if (config.join !== undefined) throw new ConfigConflictError('--store', '--join');
  if (config.forceNewCluster !== undefined) throw new ConfigConflictError('--store', '--force-new-cluster');
  if (config.backupDir !== undefined) throw new ConfigConflictError('--store', '--backup-dir');
  const etcd = parseEtcdAddress(url);
  const probe = life.use('the probe of the store', new StoreProbe(clock));
  const ops = life.use(
    'the ops server',
    await startOpsServer({
      bind: config.opsBind,
      port: config.opsPort,
      telemetry,
      readiness: () => probe.readiness(life.signal.aborted),
    }),
  );
  const { authorize } = storeOptions({ ...config, access });
  const tls = await readTls(etcd.tls);
  const opened = await openEtcdStore({ address: etcd, tls, clock, rng, ...(authorize && { authorize }) }, life.signal);
  const store = life.use('the store on etcd', opened);
  probe.watch(store);
  return {
    instance: config.instance ?? `registry-${createIncarnation(rng).slice(0, 8)}`,
    store,
    member: undefined,
    admin: {},
    services: [clusterElsewhere(), storeAdminBinding(refuseAdmin)],
    ops,
    // Nobody tells others of it: each is found in the catalog, where all of them are.
    announce: () => Promise.resolve(),
  };
}
