import type { Clock, Rng } from '@portolan/kernel';
import {
  LastVoterError,
  LearnerNotReadyError,
  MemberExistsError,
  MemberNotFoundError,
  NotALearnerError,
  TransferFailedError,
  type ClusterMember,
} from '@portolan/kv';
import {
  ChangePendingError,
  enterChange,
  isJoint,
  LearnerBehindError,
  memberId,
  NotLeaderError,
  TransferringError,
  type ConfigurationChange,
  type MemberId,
} from '@portolan/raft';
import { sleep } from '@portolan/runtime';
import { drawId } from '../draw-id.ts';
import { MemberForgottenError, MemberRemovedError } from '../founding/errors.ts';
import type { Member } from '../open-member.ts';
import { membersNow } from './cluster-view.ts';
import { ChangeUnsettledError, NoPeerPortError, QuorumAtRiskError } from './errors.ts';
import type { KnownRecords, MemberRecord, MemberRecords } from './member-records.ts';

/** For a change that somebody else has begun to end: as long as any request waits for an answer. */
const CHANGE_MS = 7_000;
const RETRY_MS = 50;
const LOOK_MS = 10;
/** Longer than the election timeout after which the core gives a transfer up. */
const TRANSFER_MS = 3_000;

export interface LeaderAdminOptions {
  readonly member: Member;
  readonly records: MemberRecords;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Whether there is a stream to a member. */
  readonly isConnected: (id: MemberId) => boolean;
  /** False of one that others cannot reach. */
  readonly hasPeerPort: boolean;
}

/** Changes of members, as the leader makes them: one at a time, each decided before it is answered. */
export class LeaderAdmin {
  readonly #options: LeaderAdminOptions;

  constructor(options: LeaderAdminOptions) {
    this.#options = options;
  }

  async members(serializable: boolean): Promise<readonly ClusterMember[]> {
    return this.#view(await this.#options.records.read(serializable));
  }

  /** @throws MemberExistsError, NoPeerPortError, NotLeaderError */
  async add(wanted: {
    readonly name: string;
    readonly peerAddresses: readonly string[];
    readonly promote: boolean;
  }): Promise<bigint> {
    if (!this.#options.hasPeerPort) throw new NoPeerPortError();
    const known = await this.#options.records.read(false);
    this.#checkFree(known, wanted, undefined);
    const id = drawId(this.#options.rng);
    await this.#enter({ ...wanted, id, nonce: undefined, clientAddresses: [], etcdUrls: [] });
    return id;
  }

  /**
   * A process without data: the member that is reserved for it, or a new one.
   * @throws MemberForgottenError when it was started before, with data that it has no more, MemberRemovedError, ChangeUnsettledError
   */
  async join(process: {
    readonly name: string;
    readonly nonce: bigint;
    readonly peerAddresses: readonly string[];
  }): Promise<bigint> {
    if (!this.#options.hasPeerPort) throw new NoPeerPortError();
    const { member, records } = this.#options;
    const known = await records.read(false);
    if (known.removed.has(process.nonce)) throw new MemberRemovedError(process.nonce);
    const here = this.#view(known);
    const again = here.find(({ id }) => (known.members.get(id)?.nonce ?? id) === process.nonce);
    if (again !== undefined) return again.id;
    const { name, peerAddresses, nonce } = process;
    const found = here.find(
      (one) => one.name === name || one.peerAddresses.some((address) => peerAddresses.includes(address)),
    );
    if (found === undefined) {
      await this.#enter({ id: nonce, name, peerAddresses, clientAddresses: [], etcdUrls: [], nonce, promote: true });
      return nonce;
    }
    const reserved = known.members.get(found.id);
    if (reserved?.nonce !== undefined || reserved === undefined) {
      throw new MemberForgottenError(member.membership.clusterId, found);
    }
    // Another process of that name may be as quick: the one that lost asks again, and learns what the other one has.
    if (!(await records.claim({ ...reserved, name, peerAddresses, nonce }))) throw new ChangeUnsettledError();
    return found.id;
  }

  /** @throws MemberNotFoundError, NotALearnerError, LearnerNotReadyError, QuorumAtRiskError */
  async promote(id: bigint): Promise<void> {
    const { isConnected } = this.#options;
    await this.#change(id, (configuration) => {
      if (configuration.voters.includes(memberId(id))) throw new NotALearnerError(id);
      if (!isConnected(memberId(id))) throw new LearnerNotReadyError(id);
      return { kind: 'add-voter', member: memberId(id) };
    });
  }

  /** @throws MemberNotFoundError, LastVoterError, QuorumAtRiskError */
  async remove(id: bigint): Promise<void> {
    const { records } = this.#options;
    const known = await records.read(false);
    const name = this.#view(known).find((one) => one.id === id)?.name ?? known.members.get(id)?.name;
    // Half removed by a leader that did not get to the end.
    const isHalf = known.members.has(id) && !this.#isMember(id);
    if (!isHalf) {
      await this.#change(id, ({ voters }) => {
        if (voters.length === 1 && voters[0] === id) throw new LastVoterError(id);
        return { kind: 'remove', member: memberId(id) };
      });
    }
    await records.remove(id, name ?? '');
  }

  /** @throws MemberNotFoundError, MemberExistsError */
  async update(id: bigint, peerAddresses: readonly string[]): Promise<void> {
    const { records } = this.#options;
    const known = await records.read(false);
    const member = this.#view(known).find((one) => one.id === id);
    if (member === undefined) throw new MemberNotFoundError(id);
    this.#checkFree(known, { name: '', peerAddresses }, id);
    const { name, clientAddresses, etcdUrls } = member;
    const { nonce, promote = false } = known.members.get(id) ?? { nonce: id };
    if (!(await records.put({ id, name, clientAddresses, etcdUrls, peerAddresses, nonce, promote })))
      throw new ChangeUnsettledError();
  }

  /** @throws MemberNotFoundError, TransferFailedError */
  async transfer(id: bigint, withinMs: number = TRANSFER_MS): Promise<void> {
    const { clock, member } = this.#options;
    const { raft } = member;
    const to = memberId(id);
    if (!this.#isMember(id)) throw new MemberNotFoundError(id);
    if (!raft.status.configuration.voters.includes(to)) throw new TransferFailedError(id, 'it is a learner');
    this.#expectLeader();
    raft.transferLeadership(to);
    const until = clock.now() + withinMs;
    while (raft.leadership.leader !== to) {
      if (clock.now() >= until) throw new TransferFailedError(id, `it does not lead after ${withinMs} ms`);
      await sleep(clock, LOOK_MS, NEVER);
    }
  }

  /** Whom a leader that is to go hands over to: who votes, is connected and has most of the log. */
  successor(): MemberId | undefined {
    const { configuration, peers, id: self } = this.#options.member.raft.status;
    const able = configuration.voters.filter((id) => id !== self && this.#options.isConnected(id));
    return able.sort((a, b) => (peers.get(b)?.match ?? 0) - (peers.get(a)?.match ?? 0))[0];
  }

  /** Learners that are to have a vote, and could. */
  async promotable(): Promise<readonly bigint[]> {
    const { records, isConnected, member } = this.#options;
    const { learners } = member.raft.status.configuration;
    if (learners.length === 0) return [];
    const { members } = await records.read(true);
    return learners.filter((id) => members.get(id)?.promote === true && isConnected(id));
  }

  #view(known: KnownRecords): readonly ClusterMember[] {
    const { raft, membership } = this.#options.member;
    return membersNow(raft.status.configuration, known, membership.founders);
  }

  #isMember(id: bigint): boolean {
    const { voters, outgoing, learners } = this.#options.member.raft.status.configuration;
    return [...voters, ...outgoing, ...learners].some((one) => one === id);
  }

  #checkFree(
    known: KnownRecords,
    wanted: Pick<MemberRecord, 'name' | 'peerAddresses'>,
    except: bigint | undefined,
  ): void {
    for (const { id, name, peerAddresses } of this.#view(known)) {
      if (id === except) continue;
      if (wanted.name !== '' && name === wanted.name) throw new MemberExistsError('name', name, id);
      const taken = peerAddresses.find((address) => wanted.peerAddresses.includes(address));
      if (taken !== undefined) throw new MemberExistsError('peer address', taken, id);
    }
  }

  /** The record first: whoever sees the new configuration knows how to reach who is in it. */
  async #enter(record: MemberRecord): Promise<void> {
    if (!(await this.#options.records.put(record))) throw new ChangeUnsettledError();
    await this.#change(undefined, () => ({ kind: 'add-learner', member: memberId(record.id) }));
  }

  /** @param id must be a member */
  async #change(
    id: bigint | undefined,
    decide: (configuration: Member['raft']['status']['configuration']) => ConfigurationChange,
  ): Promise<void> {
    const { clock, member, records } = this.#options;
    const { raft } = member;
    const until = clock.now() + CHANGE_MS;
    for (;;) {
      this.#expectLeader();
      const { configuration } = raft.status;
      if (id !== undefined && !this.#isMember(id)) throw new MemberNotFoundError(id);
      const change = decide(configuration);
      try {
        if (!isJoint(configuration)) this.#checkQuorum(change);
        const index = raft.change([change]);
        await this.#decided(index, until);
        return;
      } catch (error) {
        if (error instanceof LearnerBehindError) throw new LearnerNotReadyError(id ?? 0n);
        const passes = error instanceof ChangePendingError || error instanceof TransferringError;
        if (!passes || clock.now() >= until) throw error;
        await records.settle();
        await sleep(clock, RETRY_MS, NEVER);
      }
    }
  }

  /** Each turn stands behind what the one before has seen, so two are enough unless somebody else leads meanwhile. */
  async #decided(index: number, until: number): Promise<void> {
    const { clock, member, records } = this.#options;
    for (;;) {
      await records.settle();
      const { applied, configuration, committed, configurationIndex } = member.raft.status;
      if (applied >= index && committed >= configurationIndex && !isJoint(configuration)) return;
      if (clock.now() >= until) throw new ChangeUnsettledError();
    }
  }

  #checkQuorum(change: ConfigurationChange): void {
    const { raft } = this.#options.member;
    const { configuration, id: self } = raft.status;
    const { voters } = enterChange(configuration, [change]);
    const silent = voters.filter((id) => id !== self && !this.#options.isConnected(id));
    if (change.kind !== 'add-learner' && silent.length * 2 >= voters.length)
      throw new QuorumAtRiskError(voters.length, silent);
  }

  #expectLeader(): void {
    const { leadership, status } = this.#options.member.raft;
    if (leadership.leader !== status.id) throw new NotLeaderError(leadership.leader);
  }
}

const NEVER = new AbortController().signal;
