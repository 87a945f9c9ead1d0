import { assert } from '@portolan/kernel';
import type { ConfigurationChange } from './configuration.ts';
import { Core } from './core.ts';
import { campaign } from './election.ts';
import type { Entry } from './entry.ts';
import { logIndex, type LogIndex, type MemberId } from './ids.ts';
import type { Leader } from './leader.ts';
import { proposeChange } from './membership.ts';
import type { Message } from './message.ts';
import type { RaftOptions } from './options.ts';
import { ask, propose } from './proposing.ts';
import { beginReads, readIndex } from './reading.ts';
import type { Persist, Ready } from './ready.ts';
import { receive } from './receiving.ts';
import { noteRemoval } from './removal.ts';
import { advanceCommit, replicate } from './replication.ts';
import type { SnapshotMetadata } from './snapshot.ts';
import { leadershipOf, statusOf, type Leadership, type RaftStatus } from './status.ts';
import { tick } from './ticking.ts';
import { beginTransfer } from './transfer.ts';

/**
 * One member of a Raft cluster, without I/O and without a clock: messages, ticks, proposals and reads in; what to persist, send, apply
 * and answer out. Call `ready` after anything else until it returns undefined, and `advance` once what it asked for is durable.
 * In the shape of etcd-io/raft; pre-vote and check-quorum are always on. Not re-entrant; throws `AssertionError` when an invariant is
 * broken, after which it must not be used: the process ends.
 */
export class Raft {
  readonly #core: Core;

  constructor(options: RaftOptions) {
    this.#core = new Core(options);
    noteRemoval(this.#core);
  }

  /** Time passes: to be called at a steady rate, which every limit in ticks refers to. */
  tick(): void {
    tick(this.#core);
  }

  /**
   * More time has passed than ticks have told, enough for another leader. One that leads is not established until a quorum has answered
   * it anew and all is committed that it had proposed: what it has decided by time must not come to pass after that. That it goes on being asked, and what it answers to reads, is as before.
   * @returns whether this member leads, as far as it knows
   */
  wake(): boolean {
    const { role, log } = this.#core;
    if (role.kind !== 'leader') return false;
    role.reads.doubt();
    role.establishedFrom = logIndex(Math.max(role.firstIndex, log.lastIndex));
    return true;
  }

  /**
   * Takes a message of another member, in whatever order and however often it comes.
   * @throws LogLostError: this member must not be used any more
   */
  step(message: Message): void {
    const core = this.#core;
    assert(message.to === core.id, 'a message is for whom it names');
    receive(core, message);
  }

  /**
   * Proposes a command. Its fate is told in a `Ready`, by `token`, which names this proposal alone.
   * @throws NoLeaderError, OverloadedError, TransferringError: certainly not proposed
   */
  propose(token: number, data: Uint8Array): void {
    propose(this.#core, token, data);
  }

  /**
   * Asks for an index that a linearizable read may be answered at, once it is applied; told in a `Ready`, by `token`.
   * @throws NoLeaderError, OverloadedError
   */
  readIndex(token: number): void {
    readIndex(this.#core, token);
  }

  /**
   * Begins a change of members, which takes effect at once and ends by itself.
   * @param context for the state machine, in the entry at the index that is returned
   * @throws NotLeaderError, TransferringError, ChangePendingError, UnknownMemberError, EmptyConfigurationError, LearnerBehindError
   */
  proposeChange(changes: readonly ConfigurationChange[], context: Uint8Array): LogIndex {
    return proposeChange(this.#core, changes, context);
  }

  /** @throws NotLeaderError, UnknownMemberError */
  transferLeadership(to: MemberId): void {
    beginTransfer(this.#core, to);
  }

  /** Campaigns now, without a pre-vote: for the first member of a new cluster, which has nobody to wait for. */
  campaign(): void {
    const core = this.#core;
    if (core.role.kind !== 'leader' && core.isPromotable) campaign(core, false, 'was told to campaign');
  }

  /** What was sent to `member` is probably lost. */
  reportUnreachable(member: MemberId): void {
    const progress = this.#progress(member);
    if (progress?.state === 'replicate') progress.becomeProbe();
  }

  /** The contents of a snapshot have been sent to `member`, or could not be. */
  reportSnapshot(member: MemberId, outcome: 'sent' | 'failed'): void {
    const progress = this.#progress(member);
    if (progress?.state !== 'snapshot') return;
    if (outcome === 'sent') progress.snapshotSent();
    else progress.snapshotFailed();
  }

  #progress(member: MemberId): ReturnType<Leader['peers']['get']> {
    const { role } = this.#core;
    return role.kind === 'leader' ? role.peers.get(member) : undefined;
  }

  /** What is to be done now, each thing once; undefined when there is nothing. */
  ready(): Ready | undefined {
    const core = this.#core;
    if (core.role.kind === 'leader') {
      beginReads(core, core.role);
      replicate(core, core.role);
    } else {
      ask(core);
    }
    const persist = takePersist(core);
    if (persist === undefined) this.#release(core.persistence.settle());
    else core.persistence.begin(persist, core.log.lastIndex);
    const committed = takeCommitted(core);
    const { outbox: messages, placements, reads } = core;
    const isEmpty = messages.length + committed.length + placements.length + reads.length === 0;
    if (isEmpty && persist === undefined) return undefined;
    core.outbox = [];
    core.placements = [];
    core.reads = [];
    return { persist, messages, committed, placements, reads };
  }

  /**
   * Everything that `ready` asked to persist is durable. In the order of the readies.
   * One that asked for nothing need not be advanced.
   */
  advance(ready: Ready): void {
    if (ready.persist === undefined) return;
    const core = this.#core;
    const { durable, released } = core.persistence.complete(ready.persist);
    core.log.durable = logIndex(Math.max(core.log.durable, durable));
    this.#release(released);
    if (core.role.kind === 'leader') advanceCommit(core, core.role);
  }

  #release(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.to === this.#core.id) this.step(message);
      else this.#core.outbox.push(message);
    }
  }

  /** What a snapshot of the state machine with everything applied up to `index` stands for. */
  snapshotAt(index: LogIndex): SnapshotMetadata {
    return this.#core.log.metadataAt(index);
  }

  /**
   * A snapshot is durable: what it holds is forgotten, but for the last `keepEntries`, which save a follower that lags a little
   * the whole of it. One older than a snapshot installed meanwhile changes nothing.
   */
  compact(snapshot: SnapshotMetadata, keepEntries: number): void {
    const core = this.#core;
    if (snapshot.index <= core.snapshot.index) return;
    core.snapshot = snapshot;
    core.log.compactTo(logIndex(Math.max(0, snapshot.index - keepEntries)));
  }

  get leadership(): Leadership {
    return leadershipOf(this.#core);
  }

  /** For reports and checkers: all of it, so not for every turn of a loop. */
  get status(): RaftStatus {
    return statusOf(this.#core);
  }

  /** The entry at `index`, for reports and checkers; undefined when it is compacted or not here. */
  entryAt(index: LogIndex): Entry | undefined {
    return this.#core.log.entryAt(index);
  }
}

const NOTHING: readonly Entry[] = [];

function takePersist(core: Core): Persist | undefined {
  const { log, installing } = core;
  if (log.handed === log.lastIndex && installing === undefined && !core.hardStateChanged) return undefined;
  const entries = log.slice(logIndex(log.handed + 1), log.lastIndex, Number.POSITIVE_INFINITY);
  log.handed = log.lastIndex;
  core.installing = undefined;
  return { hardState: core.hardState(), snapshot: installing, entries };
}

/** Only what is durable here too, or a snapshot might hold what this member's log does not. */
function takeCommitted(core: Core): readonly Entry[] {
  const { log } = core;
  const last = logIndex(Math.min(log.committed, log.durable));
  if (log.applied >= last) return NOTHING;
  const committed = log.slice(logIndex(log.applied + 1), last, core.limits.committedBytesMax);
  log.applied = committed.at(-1)?.index ?? log.applied;
  return committed;
}
