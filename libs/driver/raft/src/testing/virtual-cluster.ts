import { assert } from '@portolan/kernel';
import { memberId, type MemberId } from '@portolan/raft';
import { SSD_TIMES, type DiskTimes, type HostLife, type VirtualHost, type VirtualWorld } from '@portolan/virtual-world';
import type { MemberEvent, RaftMemberOptions } from '../options.ts';
import { startRaft, type RaftMember } from '../raft-member.ts';
import type { StateMachine } from '../state-machine.ts';
import { writeFirstSnapshot } from '../write-first-snapshot.ts';
import type { Envelope } from './envelope.ts';
import { VirtualTransport } from './virtual-transport.ts';

type Start = RaftMemberOptions<unknown>['start'];

export interface VirtualClusterOptions<Result, Machine extends StateMachine<Result>> {
  readonly world: VirtualWorld<Envelope>;
  /** Default: 1. */
  readonly clusterId?: bigint;
  /** Of every drive. Default: `SSD_TIMES`. */
  readonly diskTimes?: DiskTimes;
  /** For each life of a member a new one. */
  readonly createMachine: (id: MemberId, life: HostLife) => Machine;
  readonly member?: Partial<
    Pick<RaftMemberOptions<Result>, 'limits' | 'tickMs' | 'answerTimeoutMs' | 'snapshots' | 'segmentBytes'>
  >;
  readonly onEvent?: (id: MemberId, event: MemberEvent) => void;
  /** A member runs again, or for the first time. */
  readonly onStarted?: (id: MemberId, running: Running<Result, Machine>) => void;
  /** A member has stopped, or could not start. Default: the world stops too. */
  readonly onFatal?: (id: MemberId, error: unknown) => void;
}

/** What a cluster begins with. */
export interface FirstState {
  /** Of the last entry that is in it. */
  readonly index: number;
  /** Of the machine, the same each time. */
  readonly slices: () => Iterable<Uint8Array>;
}

export interface Running<Result, Machine> {
  readonly member: RaftMember<Result>;
  readonly machine: Machine;
  readonly life: HostLife;
}

/** Members of one cluster, each a process on a virtual host: the driver, log and core of production on a disk and a network to break. */
export class VirtualCluster<Result, Machine extends StateMachine<Result>> {
  readonly #options: VirtualClusterOptions<Result, Machine>;
  readonly #starts = new Map<MemberId, Start>();
  readonly #running = new Map<MemberId, Running<Result, Machine>>();

  constructor(options: VirtualClusterOptions<Result, Machine>) {
    this.#options = options;
  }

  /** Hosts for the first members, which start now. */
  bootstrap(count: number): readonly MemberId[] {
    const ids = Array.from({ length: count }, (_, index) => memberId(BigInt(index + 1)));
    for (const id of ids) this.add(id, { kind: 'bootstrap', members: ids });
    return ids;
  }

  /** Hosts for the first members of a cluster that begins with a state: they start when all have it. */
  async restore(ids: readonly MemberId[], { index, slices }: FirstState): Promise<void> {
    const { clusterId = FIRST_CLUSTER_ID, member: { segmentBytes } = {} } = this.#options;
    for (const memberId of ids) {
      this.#addHost(memberId);
      await writeFirstSnapshot({
        disk: this.host(memberId).life.disk,
        folder: FOLDER,
        clusterId,
        memberId,
        members: ids,
        index,
        slices: slices(),
        ...(segmentBytes !== undefined && { segmentBytes }),
      });
    }
    for (const id of ids) this.#begin(id, { kind: 'join' });
  }

  /** A host for `id`, whose process starts now. */
  add(id: MemberId, start: Start = { kind: 'join' }): void {
    this.#addHost(id);
    this.#begin(id, start);
  }

  get ids(): readonly MemberId[] {
    return [...this.#starts.keys()];
  }

  host(id: MemberId): VirtualHost {
    return this.#options.world.host(nameOf(id));
  }

  /** Those whose process has started, and runs or is paused. */
  get running(): ReadonlyMap<MemberId, Running<Result, Machine>> {
    return this.#running;
  }

  member(id: MemberId): RaftMember<Result> {
    const running = this.#running.get(id);
    assert(running !== undefined, `member ${id} does not run`);
    return running.member;
  }

  /** Who leads in the latest term, if it is known to. */
  get leader(): Running<Result, Machine> | undefined {
    const leaders = [...this.#running.values()].filter(({ member }) => member.status.role === 'leader');
    return leaders.sort((a, b) => b.member.status.term - a.member.status.term)[0];
  }

  crash(id: MemberId): void {
    this.#running.delete(id);
    this.host(id).crash();
  }

  kill(id: MemberId): void {
    this.#running.delete(id);
    this.host(id).kill();
  }

  restart(id: MemberId): void {
    if (this.host(id).state !== 'down') return;
    this.#start(id, this.host(id).restart());
  }

  #addHost(id: MemberId): void {
    this.#options.world.addHost(nameOf(id), { disk: { times: this.#options.diskTimes ?? SSD_TIMES } });
  }

  #begin(id: MemberId, start: Start): void {
    this.#starts.set(id, start);
    this.#start(id, this.host(id).life);
  }

  #start(id: MemberId, life: HostLife): void {
    const { world, clusterId = FIRST_CLUSTER_ID, createMachine, member: options, onEvent, onStarted } = this.#options;
    const start = this.#starts.get(id);
    assert(start !== undefined, `there is no member ${id}`);
    const machine = createMachine(id, life);
    const transport = new VirtualTransport(world.network, life, nameOf);
    const starting = startRaft<Result>({
      ...options,
      clusterId,
      memberId: id,
      start,
      disk: life.disk,
      folder: FOLDER,
      machine,
      transport,
      clock: life.clock,
      rng: life.rng,
      onEvent: (event) => onEvent?.(id, event),
      onFatal: (error) => {
        this.#ended(id, life, error);
      },
    });
    starting.then(
      (member) => {
        if (!life.isAlive) return;
        transport.deliverTo(member);
        const running = { member, machine, life };
        this.#running.set(id, running);
        onStarted?.(id, running);
      },
      (error: unknown) => {
        this.#ended(id, life, error);
      },
    );
  }

  #ended(id: MemberId, life: HostLife, error: unknown): void {
    if (!life.isAlive) return;
    this.kill(id);
    const { onFatal } = this.#options;
    if (onFatal === undefined) throw error;
    onFatal(id, error);
  }
}

/** Of every member, on its own disk. */
const FOLDER = '/portolan';
const FIRST_CLUSTER_ID = 1n;

const nameOf = (id: bigint): string => `n${id}`;
