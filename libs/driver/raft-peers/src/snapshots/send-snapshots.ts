import { createHash } from 'node:crypto';
import type { Hello, SendSnapshotRequest, SnapshotDigest } from '@portolan/contracts/raft-peer';
import { connectFast } from '@portolan/grpc';
import type { Clock, Rng } from '@portolan/kernel';
import { backoff } from '@portolan/resilience';
import type { MemberId } from '@portolan/raft';
import type { InstallSnapshot } from '@portolan/raft-driver';
import { createClient, RpcError, type TlsIdentity } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';
import { SnapshotNotSentError, SnapshotsBusyError } from '../errors.ts';
import type { PeersLimits } from '../limits.ts';
import { PEER_RPC_LIMITS } from '../options.ts';
import { PEER_SERVICE } from '../service.ts';
import { isSameSnapshot, offerOf } from './offer.ts';
import { Pace } from './pace.ts';

export interface SendSnapshotsOptions {
  readonly helloTo: (member: MemberId) => Hello;
  /** The best first. */
  readonly addressesOf: (member: MemberId) => readonly string[];
  readonly onBytes: (to: MemberId, bytes: number) => void;
  readonly tls: TlsIdentity | undefined;
  readonly limits: PeersLimits;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** How far a snapshot has ever come, and when. */
class Progress {
  bytes = 0;
  at: number;

  constructor(now: number) {
    this.at = now;
  }

  /** Bytes that were sent before, or are held already, are no progress. */
  reached(bytes: number, now: number): void {
    if (bytes <= this.bytes) return;
    this.bytes = bytes;
    this.at = now;
  }
}

interface Sending {
  readonly message: InstallSnapshot;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** Brings snapshots to members, each on a connection of its own, and goes on where it was when that breaks. */
export class SendSnapshots implements Disposable {
  readonly #options: SendSnapshotsOptions;
  readonly #pace: Pace;
  /** By the member that it is for. */
  readonly #underWay = new Map<bigint, Sending>();

  constructor(options: SendSnapshotsOptions) {
    this.#options = options;
    this.#pace = new Pace(options.limits.snapshotBytesPerSecond, options.clock);
  }

  /**
   * Resolves when it is durable there. One member is sent one at a time: another one takes its place, the same is that one.
   * @param slices begun anew after each break: what the other side has already is read again, and compared
   * @throws SnapshotsBusyError, SnapshotNotSentError, what the other side refuses it for, the signal's reason
   */
  send(message: InstallSnapshot, slices: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const { limits } = this.#options;
    const { to } = message;
    const before = this.#underWay.get(to);
    if (before !== undefined && isSameSnapshot(before.message, message)) return before.done;
    before?.abort.abort(new SnapshotNotSentError(to, 'another one is sent instead'));
    if (before === undefined && this.#underWay.size >= limits.snapshots) {
      return Promise.reject(new SnapshotsBusyError(limits.snapshots));
    }
    const abort = new AbortController();
    const done = this.#sendUntilTaken(message, slices, AbortSignal.any([signal, abort.signal])).finally(() => {
      if (this.#underWay.get(to)?.abort === abort) this.#underWay.delete(to);
    });
    this.#underWay.set(to, { message, abort, done });
    return done;
  }

  [Symbol.dispose](): void {
    for (const [to, { abort }] of this.#underWay) abort.abort(new SnapshotNotSentError(to, 'this process ends'));
  }

  async #sendUntilTaken(
    message: InstallSnapshot,
    slices: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const { addressesOf, limits, clock, rng } = this.#options;
    const progress = new Progress(clock.now());
    for (let attempt = 0; ; attempt += 1) {
      const addresses = addressesOf(message.to);
      const address = addresses[attempt % Math.max(1, addresses.length)];
      if (address === undefined) throw new SnapshotNotSentError(message.to, 'no address of it is known');
      try {
        await this.#attempt(address, message, slices, progress, signal);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!isBroken(error)) throw error;
        if (clock.now() - progress.at > limits.snapshotResumeMs) {
          throw new SnapshotNotSentError(message.to, 'it did not get any further', error);
        }
      }
      await sleep(clock, backoff({ baseMs: 100, maxMs: limits.redialMs, factor: 2 }, attempt, rng), signal);
    }
  }

  async #attempt(
    address: string,
    message: InstallSnapshot,
    slices: AsyncIterable<Uint8Array>,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<void> {
    await using connection = connectFast(address, { tls: this.#options.tls, limits: PEER_RPC_LIMITS });
    const client = createClient({ sendSnapshot: PEER_SERVICE.sendSnapshot }, connection);
    const held = Promise.withResolvers<SnapshotDigest>();
    // It may fail before anybody waits for it.
    held.promise.catch(() => undefined);
    const requests = this.#requests(message, slices, held.promise, progress, signal);
    try {
      for await (const { content } of client.sendSnapshot(requests, { signal })) {
        if (content?.$case === 'taken') return;
        if (content?.$case === 'held') held.resolve(content.value);
      }
    } finally {
      held.reject(new SnapshotNotSentError(message.to, 'its stream has ended'));
    }
    throw new SnapshotNotSentError(message.to, 'the other side did not say that it has it');
  }

  async *#requests(
    message: InstallSnapshot,
    slices: AsyncIterable<Uint8Array>,
    held: Promise<SnapshotDigest>,
    progress: Progress,
    signal: AbortSignal,
  ): AsyncGenerator<SendSnapshotRequest, void> {
    yield { content: { $case: 'offer', value: offerOf(message, this.#options.helloTo(message.to)) } };
    yield* this.#slices(message, slices, await held, progress, signal);
  }

  /** @param held what the other side has, which is not sent again if these slices begin with it */
  async *#slices(
    message: InstallSnapshot,
    slices: AsyncIterable<Uint8Array>,
    held: SnapshotDigest | undefined,
    progress: Progress,
    signal: AbortSignal,
  ): AsyncGenerator<SendSnapshotRequest, void> {
    const { onBytes, clock } = this.#options;
    const hash = createHash('sha256');
    const differs = (bytes: number): boolean =>
      held !== undefined && (BigInt(bytes) !== held.bytes || !held.sha256.equals(hash.copy().digest()));
    let skipped = Number(held?.bytes ?? 0n);
    let offset = 0;
    for await (const slice of slices) {
      if (offset >= skipped && skipped > 0) {
        if (differs(offset)) {
          yield* this.#slices(message, slices, undefined, progress, signal);
          return;
        }
        skipped = 0;
      }
      hash.update(slice);
      const end = offset + slice.length;
      if (skipped === 0) {
        await this.#pace.turn(slice.length, signal);
        const data = Buffer.from(slice.buffer, slice.byteOffset, slice.length);
        yield { content: { $case: 'slice', value: { offset: BigInt(offset), data } } };
        onBytes(message.to, slice.length);
        progress.reached(end, clock.now());
      }
      offset = end;
    }
    if (skipped > 0 && differs(offset)) yield* this.#slices(message, slices, undefined, progress, signal);
    else yield { content: { $case: 'end', value: { bytes: BigInt(offset), sha256: hash.digest() } } };
  }
}

/** Whether another attempt may go better: the connection broke, or there was none. */
function isBroken(error: unknown): boolean {
  return error instanceof RpcError && error.kind === 'unavailable';
}
