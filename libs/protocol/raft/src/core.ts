import { assert } from '@portolan/kernel';
import { isVoter } from './configuration.ts';
import { RaftLog } from './log.ts';
import type { LogIndex, MemberId, Term } from './ids.ts';
import type { Message, Unaddressed } from './message.ts';
import { DEFAULT_LIMITS, type RaftLimits, type RaftOptions } from './options.ts';
import { Persistence } from './persistence.ts';
import { Questions } from './questions.ts';
import type { HardState, Placement, ReadAnswer } from './ready.ts';
import type { RaftEvent } from './event.ts';
import type { Role } from './role.ts';
import type { SnapshotMetadata } from './snapshot.ts';

/** The state of one member, which the files of this folder act on, each for one part of the protocol. */
export class Core {
  readonly id: MemberId;
  readonly limits: RaftLimits;
  readonly log: RaftLog;
  readonly persistence = new Persistence();
  /** What a follower has asked its leader. */
  readonly questions: Questions;
  readonly #rng: RaftOptions['rng'];
  readonly #trace: RaftOptions['trace'];

  term: Term;
  vote: MemberId | undefined;
  role: Role = { kind: 'follower' };
  /** The newest of this member: what a follower gets whose entries are compacted. */
  snapshot: SnapshotMetadata;
  /** Whom this member follows in `term`, itself included. */
  leader: MemberId | undefined = undefined;
  /** It was a member, and is none any more at this index, which is committed. */
  removedAt: LogIndex | undefined = undefined;
  /** Ticks since the leader was heard, a vote was granted or a campaign begun. */
  electionElapsed = 0;
  /** Ticks of `electionElapsed` at which a campaign begins; drawn anew with each change of role, so that ties break. */
  electionTimeout = 0;

  /** A leader's, accepted and not yet given to the driver. */
  installing: SnapshotMetadata | undefined = undefined;
  outbox: Message[] = [];
  placements: Placement[] = [];
  reads: ReadAnswer[] = [];
  #handed: Pick<HardState, 'term' | 'vote'>;

  constructor(options: RaftOptions) {
    this.id = options.id;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    assert(this.limits.electionTicks > this.limits.heartbeatTicks, 'a leader is heard more often than elections begin');
    this.log = new RaftLog(options.snapshot, options.entries, options.hardState.committed);
    this.questions = new Questions(options.start, this.limits);
    this.#rng = options.rng;
    this.#trace = options.trace;
    this.snapshot = options.snapshot;
    this.term = options.hardState.term;
    this.vote = options.hardState.vote;
    this.#handed = { term: this.term, vote: this.vote };
    assert(this.term >= this.log.lastTerm, 'the log is never ahead of the term');
    this.restartElectionTimer();
  }

  /**
   * May be elected. So may a voter that is being removed, until that is committed: it may be the only one whose log is long enough.
   * Its own vote counts no more (§4.2.2 of the thesis).
   */
  get isPromotable(): boolean {
    const { configuration, committed } = this.log;
    const isNeeded = isVoter(configuration, this.id) || isVoter(this.log.configurationAt(committed), this.id);
    return isNeeded && !this.isRemoved && !this.persistence.isInstalling;
  }

  /** Known by the end of what it knows of the log: no id is to be used again, but if one is, it must not be a dead member. */
  get isRemoved(): boolean {
    return this.removedAt !== undefined && this.log.configurationIndex <= this.removedAt;
  }

  /** Term or vote have changed since `hardState` was given to the driver. */
  get hardStateChanged(): boolean {
    return this.term !== this.#handed.term || this.vote !== this.#handed.vote;
  }

  hardState(): HardState {
    this.#handed = { term: this.term, vote: this.vote };
    return { term: this.term, vote: this.vote, committed: this.log.committed };
  }

  restartElectionTimer(): void {
    const { electionTicks } = this.limits;
    this.electionElapsed = 0;
    this.electionTimeout = electionTicks + this.#rng.below(electionTicks);
  }

  /** Sends what relies on nothing but what is said in it. */
  send(to: MemberId, message: Unaddressed, term: Term = this.term): void {
    this.outbox.push({ ...message, from: this.id, to, term });
  }

  /** Sends what relies on the term, the vote or the log as they are now: it leaves once they are durable. */
  sendOnceDurable(to: MemberId, message: Unaddressed): void {
    this.persistence.hold({ ...message, from: this.id, to, term: this.term });
  }

  trace(event: RaftEvent): void {
    this.#trace?.(event);
  }
}
