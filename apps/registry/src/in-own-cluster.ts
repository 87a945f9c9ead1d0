import { openDataFolder, openNode } from '@portolan/cluster';
import { storeAdminBinding } from '@portolan/native-dialect';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { startOpsServer } from '@portolan/telemetry';
import { forceByFlag } from './force-by-flag.ts';
import { memberEvents } from './member-events.ts';
import { warnOpenPort } from './open-port.ts';
import { originOf, peerOf } from './origin.ts';
import { StartProgress } from './start-progress.ts';
import type { StoreHome, StoreHomeOptions } from './store-home.ts';
import { authorizeCluster, storeOptions } from './store-options.ts';

/** A registry that is a member of a cluster of registries, with its part of the store in its own folder. */
export async function inOwnCluster(options: StoreHomeOptions): Promise<StoreHome> {
  const { life, config, telemetry, access, tls, address } = options;
  const path = config.dataDir ?? '.portolan/registry';
  const folder = life.use('the data folder', await openDataFolder({ path, rng, name: config.instance }));
  await forceByFlag(folder, options);
  const progress = new StartProgress();
  const ops = life.use(
    'the ops server',
    await startOpsServer({
      bind: config.opsBind,
      port: config.opsPort,
      telemetry,
      readiness: () => progress.readiness(life.signal.aborted),
    }),
  );
  const peer = peerOf(config, address, folder.membership);
  if (peer !== undefined) {
    const { host: bind, port } = peer.bind;
    warnOpenPort(telemetry.logger('peers'), { bind, port, who: 'members of the cluster', tls });
  }
  const node = life.use(
    'the member',
    await openNode(
      {
        folder,
        origin: originOf(config),
        peer,
        store: storeOptions({ ...config, access }),
        authorize: authorizeCluster(access),
        clock,
        rng,
        tls,
        peerAllowedNames: config.peerAllowedNames,
        logger: telemetry.logger('peers'),
        metrics: telemetry.registry,
        drainMs: config.drainDeadlineMs * 0.1,
        ...memberEvents(telemetry, progress),
      },
      life.signal,
    ),
  );
  const { member, admin } = node;
  progress.started(member);
  return {
    instance: folder.name,
    store: member.store,
    member,
    admin: { cluster: admin, state: member.store.admin },
    services: [node.service, storeAdminBinding(() => member.store.admin)],
    ops,
    announce: (addresses, signal) => node.announce(addresses, signal),
  };
}
