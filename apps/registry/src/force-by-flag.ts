import { forceNewCluster, formatId, type DataFolder } from '@portolan/cluster';
import { systemRng as rng } from '@portolan/runtime';
import { peerOf } from './origin.ts';
import type { StoreHomeOptions } from './store-home.ts';

/**
 * What `--force-new-cluster` asks for, before the member is started.
 * @throws NothingToForceError, ClusterHasLeaderError, ForceUnconfirmedError
 */
export async function forceByFlag(
  folder: DataFolder,
  { config, telemetry, tls, address }: StoreHomeOptions,
): Promise<void> {
  const { forceNewCluster: confirmation } = config;
  const besideLeader = config.forceBesideLeader === 'on';
  if (confirmation === undefined) return;
  const logger = telemetry.logger('force');
  const peerAddress = peerOf(config, address, folder.membership)?.advertise;
  const others = [...(config.peers ?? []), ...(config.join ?? [])];
  const forced = await forceNewCluster({ folder, confirmation, besideLeader, peerAddress, others, tls, rng });
  if (forced === undefined) {
    logger.warn('the new cluster was made already; leave --force-new-cluster out from now on');
    return;
  }
  const { before, membership, revision, kept } = forced;
  logger.warn(
    { before: formatId(before.clusterId), cluster: formatId(membership.clusterId), revision, kept },
    `what this folder had of cluster ${formatId(before.clusterId)} is a new cluster of one; the others can join it with emptied folders. What the folder was is in ${kept}, to be removed when nobody needs it`,
  );
}
