import { assert } from '@portolan/kernel';
import type { MemberId } from '@portolan/raft';
import type { CommittedCommand, MemberEvent, RaftMember, StateMachine } from '@portolan/raft-driver';
import {
  describeEnvelope,
  VirtualCluster,
  type Envelope,
  type VirtualClusterOptions,
} from '@portolan/raft-driver/testing';
import { VirtualWorld, type DiskTimes, type HostLife } from '@portolan/virtual-world';
import { openEmbeddedStore, type EmbeddedStore, type EmbeddedStoreOptions } from '../embedded-store.ts';
import { incarnation } from '../ids.ts';
import type { LeaseJudge } from '../lease/lease-judge.ts';
import { raftLog, type RaftWiring } from '../log/raft-log.ts';
import type { Applied } from '../machine/command.ts';
import { COMMAND_FORMAT } from '../machine/command-format.ts';
import { ofVersion } from './older-version.ts';

type Machine = StateMachine<Applied>;

export interface KvClusterOptions {
  readonly seed: number;
  /** Where its members are. Default: a world of its own. */
  readonly world?: VirtualWorld<Envelope>;
  /** Default: 1. Its incarnation follows from it. */
  readonly clusterId?: bigint;
  /** Those that start now. With 0, nobody does before `raft.bootstrap`. */
  readonly members: number;
  readonly store?: Partial<Pick<EmbeddedStoreOptions, 'autoCompaction' | 'limits' | 'progressIntervalMs'>>;
  /** Default: as `raftLog` has it. */
  readonly leaseGraceMs?: number;
  /** Members ask their leader about leases, over no network: or as this says, of the member that asks. */
  readonly asksLeader?: boolean | ((id: MemberId, leader: MemberId) => LeaseJudge);
  readonly member?: VirtualClusterOptions<Applied, Machine>['member'];
  readonly diskTimes?: DiskTimes;
  /** The highest format of commands that the version knows of which the member is that begins now. Default: this version's. */
  readonly knows?: (id: MemberId) => number;
  /** What a member has been told that another knows. Default: nobody tells. */
  readonly formatOf?: (id: MemberId, other: MemberId) => number | undefined;
  /** A process of the member begins. */
  readonly onBegin?: (id: MemberId, life: HostLife) => void;
  /** A message is sent. */
  readonly onSend?: (envelope: Envelope) => void;
  /** A member has applied a command, and came to that. */
  readonly onApplied?: (id: MemberId, command: CommittedCommand, applied: Applied) => void;
  readonly onEvent?: (event: MemberEvent, id: MemberId) => void;
  /** Default: the world stops too. */
  readonly onFatal?: (id: MemberId, error: unknown) => void;
}

/** One life of a member: between its machine, which comes first, and the store, which is there when the log is. */
interface Life extends RaftWiring {
  readonly started: (member: RaftMember<Applied>) => void;
  /** Resolves when nothing that was asked of it is answered any more. */
  readonly ended: PromiseWithResolvers<undefined>;
}

/** How long anything may take that is asked of a cluster which is well. */
const PATIENCE_MS = 20_000;

/** Stores over Raft, on a virtual world: core, driver and log of production. */
export class KvCluster {
  readonly world: VirtualWorld<Envelope>;
  readonly raft: VirtualCluster<Applied, Machine>;
  readonly #options: KvClusterOptions;
  readonly #lives = new Map<MemberId, Life>();
  readonly #stores = new Map<MemberId, EmbeddedStore>();

  constructor(options: KvClusterOptions) {
    this.#options = options;
    const copy = (envelope: Envelope): Envelope => {
      options.onSend?.(envelope);
      return envelope;
    };
    const network = { describe: describeEnvelope, copy };
    this.world = options.world ?? new VirtualWorld({ seed: options.seed, network });
    this.raft = new VirtualCluster({
      world: this.world,
      createMachine: (id, life) => this.#begin(id, life),
      ...(options.clusterId !== undefined && { clusterId: options.clusterId }),
      member: { segmentBytes: 16_384, ...options.member },
      onEvent: (id, event) => {
        options.onEvent?.(event, id);
        this.#lives.get(id)?.onEvent(event);
      },
      onStarted: (id, { member }) => this.#lives.get(id)?.started(member),
      ...(options.diskTimes !== undefined && { diskTimes: options.diskTimes }),
      ...(options.onFatal !== undefined && { onFatal: options.onFatal }),
    });
    this.raft.bootstrap(options.members);
  }

  /** Of all that ever were, also of those that were added to `raft`. */
  get ids(): readonly MemberId[] {
    return this.raft.ids;
  }

  /** Of a member that runs. */
  store(id: MemberId): EmbeddedStore {
    const store = this.storeOf(id);
    assert(store !== undefined, `member ${id} has no store`);
    return store;
  }

  /** Undefined while the member does not run. */
  storeOf(id: MemberId): EmbeddedStore | undefined {
    return this.raft.running.has(id) ? this.#stores.get(id) : undefined;
  }

  hasStore(id: MemberId): boolean {
    return this.storeOf(id) !== undefined;
  }

  get stores(): readonly EmbeddedStore[] {
    return [...this.raft.running.keys()].map((id) => this.store(id));
  }

  /** Power fails. */
  crash(id: MemberId): void {
    this.raft.crash(id);
    this.#stores.delete(id);
    this.#lives.get(id)?.ended.resolve(undefined);
  }

  /** When the present life of `id` has, so that nobody waits for an answer that never comes. */
  async ended(id: MemberId): Promise<void> {
    await this.#lives.get(id)?.ended.promise;
  }

  /** Waits for one that may judge leases. */
  async leader(): Promise<MemberId> {
    for (let waited = 0; waited < PATIENCE_MS; waited += 10) {
      for (const [id, { member }] of this.raft.running) if (member.leadership.isEstablished) return id;
      await this.world.clock.advance(10);
    }
    throw new Error(`nobody has led for ${PATIENCE_MS} ms`);
  }

  async follower(): Promise<MemberId> {
    const leader = await this.leader();
    const follower = this.ids.find((id) => id !== leader && this.raft.running.has(id));
    assert(follower !== undefined, 'somebody follows');
    return follower;
  }

  /** Moves time until there is an answer, or an error. */
  async answer<Value>(promise: Promise<Value>): Promise<Value> {
    const fate = { isSettled: false };
    const settle = (): void => {
      fate.isSettled = true;
    };
    promise.then(settle, settle);
    for (let waited = 0; !fate.isSettled && waited < PATIENCE_MS; waited += 1) await this.world.clock.advance(1);
    assert(fate.isSettled, `there is no answer after ${PATIENCE_MS} ms`);
    return promise;
  }

  #begin(id: MemberId, life: HostLife): Machine {
    const { store: options, clusterId = 1n, leaseGraceMs, knows, formatOf, onBegin } = this.#options;
    onBegin?.(id, life);
    const known = knows?.(id) ?? COMMAND_FORMAT;
    const started = Promise.withResolvers<RaftMember<Applied>>();
    const wirings: RaftWiring[] = [];
    this.#stores.delete(id);
    const store = openEmbeddedStore({
      clock: life.clock,
      rng: life.rng,
      incarnation: incarnation(`cluster ${clusterId}`),
      ...options,
      leaseJudgeOf: (leader) => this.#judgeFor(id, leader),
      openLog: raftLog({
        clusterId,
        memberId: id,
        formatOf: (other) => (known < COMMAND_FORMAT ? known : formatOf?.(id, other)),
        ...(leaseGraceMs !== undefined && { leaseGraceMs }),
        start: (wiring) => {
          wirings.push(wiring);
          return started.promise;
        },
      }),
    });
    const [wiring] = wirings;
    assert(wiring !== undefined, 'a log is opened at once');
    this.#lives.set(id, { ...wiring, started: started.resolve, ended: Promise.withResolvers() });
    void store.then((opened) => {
      if (life.isAlive) this.#stores.set(id, opened);
    });
    return this.#observed(id, ofVersion(wiring.machine, known));
  }

  #observed(id: MemberId, machine: Machine): Machine {
    const { onApplied } = this.#options;
    if (onApplied === undefined) return machine;
    return {
      ...machine,
      apply: (command) => {
        const applied = machine.apply(command);
        onApplied(id, command, applied);
        return applied;
      },
    };
  }

  #judgeFor(id: MemberId, leader: bigint): LeaseJudge | undefined {
    const { asksLeader = false } = this.#options;
    const leading = this.ids.find((one) => one === leader);
    if (leading === undefined || asksLeader === false) return undefined;
    return asksLeader === true ? this.storeOf(leading)?.leaseJudge : asksLeader(id, leading);
  }
}
