import { openNode } from '@portolan/cluster';
import type { EmbeddedStore } from '@portolan/kv';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { HOST } from './cluster.ts';
import { authorizeBy, endProcess, type Opening } from './opening.ts';

const DRAIN_MS = 1_000;

/** As the registry opens it: a member of a cluster, alone or with others. */
export async function openAsUsual({ folder, peer, access, telemetry }: Opening): Promise<EmbeddedStore> {
  const node = await openNode(
    {
      folder,
      origin: peer === undefined ? { kind: 'alone' } : { kind: 'peers', peers: peer.peers },
      peer:
        peer === undefined ? undefined : { bind: { host: HOST, port: peer.port }, advertise: `${HOST}:${peer.port}` },
      store: { authorize: authorizeBy(access) },
      authorize: () => undefined,
      clock,
      rng,
      tls: undefined,
      logger: telemetry.logger('peers'),
      metrics: telemetry.registry,
      drainMs: DRAIN_MS,
      onEvent: () => undefined,
      onWaiting: () => undefined,
      onFatal: endProcess,
    },
    new AbortController().signal,
  );
  return node.member.store;
}
