import type { Clock } from '@portolan/kernel';
import {
  DEFAULT_LIMITS,
  isVoter,
  NoLeaderError,
  Raft,
  type ConfigurationChange,
  type Entry,
  type Leadership,
  type LogIndex,
  type MemberId,
  type Message,
  type RaftStatus,
  type Ready,
  type Term,
} from '@portolan/raft';
import { Answering } from './answering.ts';
import { MemberStoppedError } from './errors.ts';
import { LeaderOutlook, PATIENCE_ELECTIONS } from './leader-outlook.ts';
import { LogWriter } from './log-writer.ts';
import { ANSWER_TIMEOUT_MS, TICK_MS, type RaftMemberOptions } from './options.ts';
import { recover, type Recovered } from './recover.ts';
import { Sending } from './sending.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import { Ticker } from './ticker.ts';
import type { InstallSnapshot } from './transport.ts';
import { WaitingProposals } from './waiting-proposals.ts';
import { WaitingReads } from './waiting-reads.ts';

/**
 * Starts a member from what is on its disk, or a new one.
 * @throws StorageDamageError and others of `@portolan/storage`, LogIncompleteError, ForeignLogError, UnknownRecordError,
 * MalformedRecordError: it does not start, and nothing was changed but for a torn end that may be cut
 */
export async function startRaft<Result>(options: RaftMemberOptions<Result>): Promise<RaftMember<Result>> {
  const recovered = await recover(options);
  if (recovered.cut !== undefined) options.onEvent?.({ kind: 'log-cut', tail: recovered.cut });
  return new RaftMember(options, recovered);
}

/**
 * The loop that the core asks for: what it says is persisted, sent, applied and answered, in the order that makes it true. Messages
 * leave at once, since the core holds back what relies on something that is not durable; the disk is never waited for.
 */
export class RaftMember<Result> implements AsyncDisposable {
  readonly #options: RaftMemberOptions<Result>;
  readonly #clock: Clock;
  readonly #raft: Raft;
  readonly #recovered: Recovered;
  readonly #writer: LogWriter;
  readonly #keeper: SnapshotKeeper;
  readonly #proposals = new WaitingProposals<Result>();
  readonly #reads: WaitingReads;
  readonly #outlook: LeaderOutlook;
  readonly #answerTimeoutMs: number;
  readonly #soon: (callback: () => void) => void;
  readonly #stopping = new AbortController();
  readonly #ticker: Ticker;
  readonly #sending: Sending;
  readonly #answering: Answering<Result>;
  #isScheduled = false;
  #leadership: Leadership;

  /** For `startRaft`. */
  constructor(options: RaftMemberOptions<Result>, recovered: Recovered) {
    const { clock, rng, limits, machine, onEvent, tickMs = TICK_MS, soon = queueMicrotask } = options;
    this.#options = options;
    this.#clock = clock;
    this.#recovered = recovered;
    this.#soon = soon;
    this.#answerTimeoutMs = options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
    const electionTicks = limits?.electionTicks ?? DEFAULT_LIMITS.electionTicks;
    const electionTimeoutMs = tickMs * electionTicks;
    this.#reads = new WaitingReads({
      confirmMs: Math.min(PATIENCE_ELECTIONS * electionTimeoutMs, this.#answerTimeoutMs),
      answerMs: this.#answerTimeoutMs,
    });
    this.#raft = new Raft({
      ...recovered.raft,
      rng,
      ...(limits !== undefined && { limits }),
      ...(onEvent !== undefined && { trace: onEvent }),
    });
    this.#keeper = new SnapshotKeeper(options, recovered, this.#raft, (error) => {
      this.#fail(error);
    });
    const [keeper, proposals, reads] = [this.#keeper, this.#proposals, this.#reads];
    this.#answering = new Answering({ machine, keeper, proposals, reads });
    this.#sending = new Sending({
      raft: this.#raft,
      keeper,
      transport: options.transport,
      signal: this.#stopping.signal,
      onEvent,
      onSnapshot: () => {
        this.#schedule();
      },
    });
    this.#writer = new LogWriter({
      wal: recovered.wal,
      clock,
      segmentEnds: recovered.segmentEnds,
      onDurable: (ready) => {
        this.#guard(() => {
          this.#raft.advance(ready);
          this.#schedule();
        });
      },
      onDiskFull: (error) => onEvent?.({ kind: 'disk-full', error }),
      onFailed: (error) => {
        this.#fail(error);
      },
    });
    this.#outlook = new LeaderOutlook({
      memberId: options.memberId,
      electionTicks,
      configuration: () => this.#raft.status.configuration,
    });
    this.#leadership = this.#raft.leadership;
    const { id, configuration } = this.#raft.status;
    // Nobody else could lead: there is nothing to wait for.
    if (configuration.voters.length === 1 && isVoter(configuration, id)) this.#raft.campaign();
    this.#ticker = new Ticker({
      clock,
      tickMs,
      electionTimeoutMs,
      onTick: () => {
        this.#guard(() => {
          this.#tick();
        });
      },
    });
    this.#schedule();
  }

  get status(): RaftStatus {
    return this.#raft.status;
  }

  /** For checkers; undefined when it is compacted, or not here. */
  entryAt(index: LogIndex): Entry | undefined {
    return this.#raft.entryAt(index);
  }

  get leadership(): Leadership {
    return this.#leadership;
  }

  /**
   * Resolves with the result once this member has applied the command. While a leader is elected, it waits (`LeaderOutlook`).
   * @param establishedIn only if this member is established in this term: for what was decided by time. A leader that was stopped may notice
   * it here, and then what it thought was due may have been renewed at another (etcd#15247)
   * @throws NoLeaderError, OverloadedError, MemberStoppedError: certainly without effect
   * @throws ProposalUnknownError when it may have an effect, now or later
   */
  propose(data: Uint8Array, establishedIn?: Term): Promise<Result> {
    // Hot path: apps/bench/raft. Not an async function, whose promise of a promise takes three turns of the queue more.
    if (this.#stopping.signal.aborted) return Promise.reject(new MemberStoppedError());
    const now = this.#clock.now();
    this.#noticePause(now);
    const { isolation } = this.#outlook;
    if (isolation !== undefined) return Promise.reject(new NoLeaderError(isolation));
    if (establishedIn !== undefined && !this.#isEstablishedIn(establishedIn))
      return Promise.reject(new NoLeaderError());
    const result = this.#proposals.add(data, now + this.#answerTimeoutMs, establishedIn !== undefined);
    this.#schedule();
    return result;
  }

  #isEstablishedIn(term: Term): boolean {
    const { term: current, isEstablished } = this.#raft.leadership;
    return isEstablished && current === term;
  }

  /**
   * Resolves once everything that any member has acknowledged before this call is applied here.
   * @throws NoLeaderError, ReadTimeoutError, MemberStoppedError
   */
  async readBarrier(): Promise<void> {
    this.#checkRunning();
    const { isolation } = this.#outlook;
    if (isolation !== undefined) throw new NoLeaderError(isolation);
    const barrier = this.#reads.join(this.#clock.now());
    this.#schedule();
    return barrier;
  }

  /**
   * Begins a change of members; it has ended when `status.configuration` is no longer joint.
   * @throws NotLeaderError, ChangePendingError, UnknownMemberError, EmptyConfigurationError, LearnerBehindError
   */
  change(changes: readonly ConfigurationChange[], context: Uint8Array = new Uint8Array(0)): LogIndex {
    this.#checkRunning();
    const index = this.#raft.proposeChange(changes, context);
    this.#schedule();
    return index;
  }

  /** @throws NotLeaderError, UnknownMemberError */
  transferLeadership(to: MemberId): void {
    this.#checkRunning();
    this.#raft.transferLeadership(to);
    this.#schedule();
  }

  /** A message of another member; `install-snapshot` comes by `receiveSnapshot`. */
  receive(message: Message): void {
    if (this.#stopping.signal.aborted) return;
    this.#outlook.heard(message.from);
    this.#guard(() => {
      this.#raft.step(message);
      this.#schedule();
    });
  }

  /** A snapshot of the leader's. Resolves when it is complete on disk; rejects when it is not. */
  async receiveSnapshot(message: InstallSnapshot, slices: AsyncIterable<Uint8Array>): Promise<void> {
    this.#checkRunning();
    await this.#keeper.receive(message.snapshot, slices, this.#stopping.signal);
    this.receive(message);
  }

  /** What was sent to `member` is probably lost: its connection broke. */
  reportUnreachable(member: MemberId): void {
    this.#raft.reportUnreachable(member);
  }

  /** Takes nothing more, waits for the disk, and tells everybody who waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop(undefined);
    await this.#keeper[Symbol.asyncDispose]();
    await this.#recovered.wal[Symbol.asyncDispose]();
  }

  #tick(): void {
    const now = this.#clock.now();
    this.#noticePause(now);
    this.#raft.tick();
    this.#proposals.expire(now);
    this.#reads.expire(now);
    const before = this.#outlook.isolation;
    this.#outlook.tick();
    this.#noteIsolation(before);
    this.#schedule();
  }

  /** Who waits would wait in vain: it is told now, and who asks from now on at once. */
  #noteIsolation(before: string | undefined): void {
    const { isolation: why } = this.#outlook;
    if (why === undefined || before !== undefined) return;
    const error = new NoLeaderError(why);
    this.#proposals.abandon(error, `the leader that had it is lost: ${why}`);
    this.#reads.abandon(error);
    this.#options.onEvent?.({ kind: 'isolated', why });
  }

  /** Told at once, so that whoever judges leases stops before it does anything in the belief that this member leads. */
  #noticePause(now: number): void {
    if (!this.#ticker.noticePause(now) || !this.#raft.wake()) return;
    this.#guard(() => {
      this.#noteLeadership();
    });
    this.#schedule();
  }

  /** Once for everything that comes meanwhile: its proposals are one append, its reads one round. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#soon(() => {
      this.#isScheduled = false;
      if (!this.#stopping.signal.aborted) {
        this.#guard(() => {
          this.#run();
        });
      }
    });
  }

  #run(): void {
    if (this.#raft.leadership.leader !== undefined) {
      this.#proposals.proposeAll((token, data) => {
        this.#raft.propose(token, data);
      });
      this.#reads.askAll(this.#clock.now(), (token) => {
        this.#raft.readIndex(token);
      });
    }
    for (let ready = this.#raft.ready(); ready !== undefined; ready = this.#raft.ready()) this.#handle(ready);
    this.#noteLeadership();
    this.#keeper.afterApply();
  }

  #handle(ready: Ready): void {
    const { persist, messages } = ready;
    this.#sending.send(messages);
    if (persist !== undefined) {
      this.#writer.write(ready, persist, persist.snapshot && this.#answering.install(persist.snapshot));
    }
    this.#answering.handle(ready);
  }

  #noteLeadership(): void {
    const now = this.#raft.leadership;
    const { term, leader, isEstablished } = this.#leadership;
    if (now.term === term && now.leader === leader && now.isEstablished === isEstablished) return;
    this.#leadership = now;
    if (now.leader !== leader) this.#reads.leaderChanged();
    const { isolation } = this.#outlook;
    this.#outlook.changed(now);
    this.#options.onEvent?.({ kind: 'leadership', leadership: now });
    this.#noteIsolation(isolation);
    this.#schedule();
  }

  #checkRunning(): void {
    if (this.#stopping.signal.aborted) throw new MemberStoppedError();
  }

  /** An assertion that fails in here is a broken promise, to clients too: nothing more is done with what this member believes. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    this.#stop(error);
    this.#options.onFatal(error);
  }

  #stop(cause: unknown): void {
    this.#stopping.abort();
    this.#ticker.stop();
    this.#proposals.stop(cause);
    this.#reads.stop(cause);
  }
}
