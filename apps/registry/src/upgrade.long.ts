import { join } from 'node:path';
import { StoreAdminServiceService } from '@portolan/contracts/kv-store-admin';
import { Keyspace } from '@portolan/contracts/kv';
import type { Principal } from '@portolan/kernel';
import { keyOf, oneKey } from '@portolan/kv';
import { createKvClient } from '@portolan/kv-client';
import { connect, createClient } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { EtcdLoad } from './testing/upgrade/etcd-load.ts';
import { HistoryLoad } from './testing/upgrade/history-load.ts';
import { LeaseLoad } from './testing/upgrade/lease-load.ts';
import type { Load } from './testing/upgrade/load.ts';
import { hasCommit, recordedTree } from './testing/upgrade/recorded-tree.ts';
import { VersionedCluster, type Place } from './testing/upgrade/versioned-cluster.ts';
import { WatchLoad } from './testing/upgrade/watch-load.ts';

/** The first with a cluster whose members agree on the format of what they write. */
const RECORDED = '29fe85604842bf3e11a012ecbea10305040f1223';
const TODAY = join(import.meta.dirname, '../../..');
const principal: Principal = { kind: 'system', name: 'comparing' };
/** What clients do with each mix of versions, before the next member changes. */
const OPERATIONS_BETWEEN = 300;

const lacking = hasCommit(RECORDED) ? '' : `commit ${RECORDED} is not here: git fetch --unshallow`;
const declare = lacking === '' ? it : it.skip;

/** A fingerprint of what a member has at a revision. */
async function hashAt({ address }: Place, revision: number): Promise<string> {
  await using connection = connect(address, { principal });
  await using store = createKvClient(connection, { clock, rng, timeoutMs: 30_000 });
  // Then it has everything up to there.
  await store.range({ principal, keyspace: 'user', keys: oneKey(keyOf('a')) });
  const admin = createClient(StoreAdminServiceService, connection);
  const hashes = [Keyspace.USER, Keyspace.CATALOG, Keyspace.SYSTEM].map((keyspace) =>
    admin.hashKeyspace({ keyspace, revision: BigInt(revision) }),
  );
  return (await Promise.all(hashes)).map(({ hash }) => hash).join();
}

/** How many different states the members have come to. */
async function states({ places }: VersionedCluster): Promise<number> {
  await using connection = connect(places[0]?.address ?? '', { principal });
  await using store = createKvClient(connection, { clock, rng, timeoutMs: 30_000 });
  const { revision } = await store.status();
  return new Set(await Promise.all(places.map((place) => hashAt(place, revision)))).size;
}

async function untilMore(load: HistoryLoad): Promise<void> {
  const enough = load.operations + OPERATIONS_BETWEEN;
  while (load.operations < enough) await new Promise((resolve) => setTimeout(resolve, 50));
}

declare(
  `is upgraded member by member under load, and taken back${lacking === '' ? '' : ` (${lacking})`}`,
  async () => {
    await using recorded = await recordedTree(RECORDED);
    await using cluster = await VersionedCluster.start(recorded.path);
    const addresses = cluster.places.map(({ address }) => address);
    await using history = new HistoryLoad(addresses);
    await using watches = new WatchLoad(addresses);
    await using leases = new LeaseLoad(addresses);
    await using etcd = await EtcdLoad.start(cluster.places.map(({ etcdPort }) => `127.0.0.1:${etcdPort}`));
    await untilMore(history);
    for (const tree of [TODAY, recorded.path]) {
      for (const place of cluster.places) {
        await cluster.stop(place);
        await cluster.run(place, tree);
        await untilMore(history);
        expect(await states(cluster)).toBe(1);
      }
    }
    const loads: readonly Load[] = [history, watches, leases, etcd];
    for (const load of loads) await load.check();
    for (const load of loads) process.stdout.write(`${load.summary()}\n`);
  },
  900_000,
);
