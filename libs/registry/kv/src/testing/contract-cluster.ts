import { assert } from '@portolan/kernel';
import type { MemberId } from '@portolan/raft';
import type { RaftMember, StateMachine } from '@portolan/raft-driver';
import { describeEnvelope, VirtualCluster, type Envelope } from '@portolan/raft-driver/testing';
import { VirtualClock, VirtualWorld, type HostLife } from '@portolan/virtual-world';
import { openEmbeddedStore, type EmbeddedStore } from '../embedded-store.ts';
import { incarnation } from '../ids.ts';
import { raftLog, type RaftWiring } from '../log/raft-log.ts';
import type { Applied } from '../machine/command.ts';
import { COMMAND_FORMAT } from '../machine/command-format.ts';
import { principal } from './shorthand.ts';
import type { StoreUnderTest } from './store-under-test.ts';

/** An election, and whatever it waits for. */
const PATIENCE_MS = 20_000;

const MEMBERS = 3;

let seed = 0;

/**
 * The store of a member that follows, of three on a virtual world whose time goes by as long as it is open: what it is asked takes as
 * long as disks and networks do. Leases have a clock of their own, which the test moves.
 */
export async function openOverRaft(): Promise<StoreUnderTest> {
  seed += 1;
  const cluster = new ContractCluster(seed);
  const store = await cluster.follower();
  return {
    store,
    async advance(ms) {
      await cluster.leaseClock.advance(ms);
      // Behind whatever the leader has proposed by now.
      await store.txn({ principal });
    },
    [Symbol.asyncDispose]: () => {
      cluster.stop();
      return Promise.resolve();
    },
  };
}

class ContractCluster {
  readonly leaseClock = new VirtualClock();
  readonly #world: VirtualWorld<Envelope>;
  readonly #raft: VirtualCluster<Applied, StateMachine<Applied>>;
  readonly #started = new Map<MemberId, (member: RaftMember<Applied>) => void>();
  readonly #wirings = new Map<MemberId, RaftWiring>();
  readonly #stores = new Map<bigint, EmbeddedStore>();
  #isStopped = false;

  constructor(worldSeed: number) {
    this.#world = new VirtualWorld({ seed: worldSeed, network: { describe: describeEnvelope } });
    this.#raft = new VirtualCluster({
      world: this.#world,
      createMachine: (id, life) => this.#begin(id, life),
      member: { segmentBytes: 16_384 },
      onEvent: (id, event) => this.#wirings.get(id)?.onEvent(event),
      onStarted: (id, { member }) => this.#started.get(id)?.(member),
    });
    this.#raft.bootstrap(MEMBERS);
  }

  /** Whose store is ready, and knows who leads; from then on time goes by. */
  async follower(): Promise<EmbeddedStore> {
    for (let waited = 0; waited < PATIENCE_MS; waited += 10) {
      const isLed = [...this.#raft.running.values()].some(({ member }) => member.leadership.isEstablished);
      for (const [id, { member }] of this.#raft.running) {
        const store = this.#stores.get(id);
        const { leader } = member.leadership;
        if (!isLed || store === undefined || leader === undefined || leader === id) continue;
        void this.#goOn();
        return store;
      }
      await this.#world.clock.advance(10);
    }
    throw new Error(`nobody has followed for ${String(PATIENCE_MS)} ms`);
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #goOn(): Promise<void> {
    while (!this.#isStopped) await this.#world.clock.step();
  }

  #begin(id: MemberId, life: HostLife): StateMachine<Applied> {
    const store = openEmbeddedStore({
      clock: this.leaseClock,
      rng: life.rng,
      incarnation: incarnation('the cluster'),
      autoCompaction: 'off',
      leaseJudgeOf: (leader) => this.#stores.get(leader)?.leaseJudge,
      openLog: raftLog({
        clusterId: 1n,
        memberId: id,
        formatOf: () => COMMAND_FORMAT,
        start: (wiring) => {
          this.#wirings.set(id, wiring);
          return new Promise((resolve) => {
            this.#started.set(id, resolve);
          });
        },
      }),
    });
    void store.then((opened) => this.#stores.set(id, opened));
    const wiring = this.#wirings.get(id);
    assert(wiring !== undefined, 'a log is opened at once');
    return wiring.machine;
  }
}
