import type { Clock, Timer } from '@portolan/kernel';
import {
  isVoter,
  Raft,
  type ConfigurationChange,
  type Entry,
  type Leadership,
  type LogIndex,
  type MemberId,
  type Message,
  type RaftStatus,
  type Ready,
  type SnapshotMetadata,
} from '@portolan/raft';
import { MemberStoppedError } from './errors.ts';
import { LogWriter } from './log-writer.ts';
import { ANSWER_TIMEOUT_MS, TICK_MS, type RaftMemberOptions } from './options.ts';
import { recover, type Recovered } from './recover.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
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
  readonly #answerTimeoutMs: number;
  readonly #stopping = new AbortController();
  #timer: Timer | undefined = undefined;
  #isScheduled = false;
  #leadership: Leadership;

  /** For `startRaft`. */
  constructor(options: RaftMemberOptions<Result>, recovered: Recovered) {
    const { clock, rng, limits, onEvent } = options;
    this.#options = options;
    this.#clock = clock;
    this.#recovered = recovered;
    this.#answerTimeoutMs = options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
    this.#reads = new WaitingReads(this.#answerTimeoutMs);
    this.#raft = new Raft({
      ...recovered.raft,
      rng,
      ...(limits !== undefined && { limits }),
      ...(onEvent !== undefined && { trace: onEvent }),
    });
    this.#keeper = new SnapshotKeeper(options, recovered, this.#raft, (error) => {
      this.#fail(error);
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
    this.#leadership = this.#raft.leadership;
    const { id, configuration } = this.#raft.status;
    // Nobody else could lead: there is nothing to wait for.
    if (configuration.voters.length === 1 && isVoter(configuration, id)) this.#raft.campaign();
    this.#awaitTick();
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
   * Resolves with the result once this member has applied the command. While nobody leads, it waits.
   * @throws NoLeaderError, OverloadedError, MemberStoppedError: certainly without effect
   * @throws ProposalUnknownError when it may have an effect, now or later
   */
  async propose(data: Uint8Array): Promise<Result> {
    this.#checkRunning();
    const result = this.#proposals.add(data, this.#clock.now() + this.#answerTimeoutMs);
    this.#schedule();
    return result;
  }

  /**
   * Resolves once everything that any member has acknowledged before this call is applied here.
   * @throws ReadTimeoutError, MemberStoppedError
   */
  async readBarrier(): Promise<void> {
    this.#checkRunning();
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

  #awaitTick(): void {
    this.#timer = this.#clock.after(this.#options.tickMs ?? TICK_MS, () => {
      this.#guard(() => {
        this.#awaitTick();
        this.#raft.tick();
        const now = this.#clock.now();
        this.#proposals.expire(now);
        this.#reads.expire(now);
        this.#schedule();
      });
    });
  }

  /** Once for everything that this turn of the loop brings: its proposals are one append, its reads one round. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
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
      this.#askReads();
    }
    for (let ready = this.#raft.ready(); ready !== undefined; ready = this.#raft.ready()) this.#handle(ready);
    this.#noteLeadership();
    this.#keeper.afterApply();
  }

  #askReads(): void {
    this.#reads.askAll((token) => {
      this.#raft.readIndex(token);
    });
  }

  #handle(ready: Ready): void {
    const { persist, messages, committed, placements, reads } = ready;
    this.#send(messages);
    if (persist !== undefined) {
      this.#writer.write(ready, persist, persist.snapshot && this.#install(persist.snapshot));
    }
    for (const placement of placements) this.#proposals.place(placement, this.#keeper.applied);
    for (const entry of committed) this.#apply(entry);
    for (const read of reads) {
      if (read.kind === 'confirmed') this.#reads.confirmed(read.token, read.index);
      else this.#reads.dropped(read.token);
    }
    if (committed.length > 0 || reads.length > 0) this.#reads.applied(this.#keeper.applied);
  }

  #send(messages: readonly Message[]): void {
    const plain: Message[] = [];
    for (const message of messages) {
      if (message.kind === 'install-snapshot') void this.#sendSnapshot(message);
      else plain.push(message);
    }
    if (plain.length > 0) this.#options.transport.send(plain);
  }

  #apply(entry: Ready['committed'][number]): void {
    const { machine } = this.#options;
    const { index, term } = entry;
    if (entry.kind === 'command') {
      const value = machine.apply({ index, term, data: entry.data });
      this.#proposals.applied(index, term, { value });
    } else {
      if (entry.kind === 'configuration') machine.reconfigured?.(entry);
      this.#proposals.applied(index, term, undefined);
    }
    this.#keeper.noteApplied(entry);
  }

  async #install(snapshot: SnapshotMetadata): Promise<void> {
    await this.#keeper.install(snapshot);
    this.#proposals.skipped(snapshot.index);
    this.#reads.applied(snapshot.index);
  }

  async #sendSnapshot(message: InstallSnapshot): Promise<void> {
    const { transport, onEvent } = this.#options;
    const { to, snapshot } = message;
    try {
      const slices = await this.#keeper.open(snapshot.index);
      await transport.sendSnapshot(message, slices, this.#stopping.signal);
      this.#raft.reportSnapshot(to, 'sent');
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#raft.reportSnapshot(to, 'failed');
      onEvent?.({ kind: 'snapshot-not-sent', to, error });
    }
    this.#schedule();
  }

  #noteLeadership(): void {
    const now = this.#raft.leadership;
    const { term, leader, isEstablished } = this.#leadership;
    if (now.term === term && now.leader === leader && now.isEstablished === isEstablished) return;
    this.#leadership = now;
    this.#options.onEvent?.({ kind: 'leadership', leadership: now });
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
    this.#timer?.cancel();
    this.#proposals.stop(cause);
    this.#reads.stop(cause);
  }
}
