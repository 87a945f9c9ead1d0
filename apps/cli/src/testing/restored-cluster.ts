import { memberId, type MemberId } from '@portolan/raft';
import { startRaft, type RaftMember, type Transport } from '@portolan/raft-driver';
import { openDataFolder } from '@portolan/cluster';
import { incarnation, openEmbeddedStore, type Applied, type EmbeddedStore } from '@portolan/kv';
import { raftLog } from '@portolan/kv/raft';
import { systemClock, systemRng } from '@portolan/runtime';
import { nodeDisk } from '@portolan/storage';

/** Members in this process, on the folders of theirs; they reach each other by function calls. Disposing stops them. */
export class RestoredCluster implements AsyncDisposable {
  readonly stores: EmbeddedStore[] = [];
  readonly clusterIds = new Set<bigint>();
  readonly #stack = new AsyncDisposableStack();
  readonly #members = new Map<MemberId, RaftMember<Applied>>();
  readonly #transport: Transport = {
    send: (messages) => {
      setImmediate(() => {
        for (const message of messages) this.#members.get(message.to)?.receive(message);
      });
    },
    sendSnapshot: () => Promise.reject(new Error('nobody lags behind its first snapshot')),
  };

  static async start(folders: readonly string[]): Promise<RestoredCluster> {
    const cluster = new RestoredCluster();
    for (const folder of folders) await cluster.#start(folder);
    return cluster;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #start(path: string): Promise<void> {
    const folder = this.#stack.use(await openDataFolder({ path, rng: systemRng }));
    const { membership } = folder;
    if (membership === undefined) throw new Error(`${path} is of no cluster`);
    const { clusterId, founders } = membership;
    this.clusterIds.add(clusterId);
    const id = memberId(membership.memberId);
    const store = await openEmbeddedStore({
      clock: systemClock,
      rng: systemRng,
      incarnation: incarnation('after'),
      openLog: raftLog({
        clusterId,
        memberId: id,
        start: async (wiring): Promise<RaftMember<Applied>> => {
          const member = await startRaft<Applied>({
            ...wiring,
            clusterId,
            memberId: id,
            start: { kind: 'bootstrap', members: founders.map((founder) => founder.id) },
            disk: nodeDisk,
            folder: folder.path,
            segmentBytes: 1_048_576,
            transport: this.#transport,
            clock: systemClock,
            rng: systemRng,
            onFatal: (error) => {
              throw error;
            },
          });
          this.#members.set(id, member);
          return member;
        },
      }),
    });
    this.stores.push(this.#stack.use(store));
  }
}
