import { createHash } from 'node:crypto';
import type { SnapshotDigest } from '@portolan/contracts/raft-peer';
import { checkedInteger } from '@portolan/kernel';
import type { InstallSnapshot } from '@portolan/raft-driver';
import { MalformedFrameError, SnapshotDigestError } from '../errors.ts';
import type { Receiver } from '../peers.ts';
import { SliceGate } from './slice-gate.ts';

/** Bytes that were received of one snapshot, over as many streams as it takes. */
export class Reception {
  readonly #index: number;
  /** Resolves when the snapshot is durable; rejects when it never will be. */
  readonly done: Promise<void>;
  readonly #gate = new SliceGate();
  readonly #hash = createHash('sha256');
  #bytes = 0;
  /** Of all slices, in their order: a stream that has broken may still have one on the way to the writer. */
  #handedOn: Promise<void> = Promise.resolve();
  #ended: SnapshotDigest | undefined;
  #isDurable = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(message: InstallSnapshot, receiver: Receiver) {
    this.#index = message.snapshot.index;
    this.done = receiver.receiveSnapshot(message, this.#gate);
    this.done.then(
      () => {
        this.#isDurable = true;
      },
      (error: unknown) => {
        this.#failure = { error };
        // Whoever brings slices is let go, and told with the next.
        this.#gate.finish();
      },
    );
  }

  /** It takes nothing more. */
  get isOver(): boolean {
    return this.#isDurable || this.#failure !== undefined;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** What was handed on so far. */
  get held(): SnapshotDigest {
    return { bytes: BigInt(this.#bytes), sha256: this.#hash.copy().digest() };
  }

  /**
   * Resolves when there is room for the next.
   * @throws MalformedFrameError when it does not follow the one before, and what the receiver throws
   */
  async slice(offset: bigint, data: Uint8Array): Promise<void> {
    if (checkedInteger(offset, 'offset of a slice') !== this.#bytes) {
      throw new MalformedFrameError('snapshot', `a slice begins at ${offset}, and ${this.#bytes} bytes are here`);
    }
    this.#hash.update(data);
    this.#bytes += data.length;
    this.#handedOn = this.#handedOn.then(() => this.#gate.push(data));
    await this.#handedOn;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Resolves when it is durable. @throws SnapshotDigestError, and what the receiver throws */
  async end(digest: SnapshotDigest): Promise<void> {
    if (this.#ended === undefined) {
      this.#ended = digest;
      const isWhole = digest.bytes === BigInt(this.#bytes) && digest.sha256.equals(this.#hash.copy().digest());
      if (isWhole) {
        await this.#handedOn;
        this.#gate.finish();
      } else this.abandon(this.#damaged(digest));
    }
    await this.done;
  }

  /** It will not be completed: whoever writes it forgets it. */
  abandon(error: unknown): void {
    this.#gate.fail(error);
  }

  #damaged({ bytes }: SnapshotDigest): SnapshotDigestError {
    return new SnapshotDigestError(this.#index, { sent: Number(bytes), received: this.#bytes });
  }
}
