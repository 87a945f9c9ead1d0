import { createHash } from 'node:crypto';
import type { StateMachine } from '@portolan/raft-driver';

const SLICE_BYTES = 1_048_576;
/** Looked up once: it is asked for 27 million times. */
const { imul } = Math;

/** Bytes that differ everywhere, the same for the same number. */
function sliceOf(number: number): Uint8Array {
  const slice = new Uint32Array(SLICE_BYTES / 4);
  let value = number + 1;
  for (let at = 0; at < slice.length; at += 1) {
    value = (imul(value, 1_664_525) + 1_013_904_223) >>> 0;
    slice[at] = value;
  }
  return new Uint8Array(slice.buffer);
}

/** A state of so many slices of 1 MiB, whatever the commands; remembers the digest of what it was restored from. */
export class LargeState implements StateMachine<number> {
  readonly #slices: number;
  applied = 0;
  restoredFrom: string | undefined;

  constructor(slices: number) {
    this.#slices = slices;
  }

  get digest(): string {
    const hash = createHash('sha256');
    for (const slice of this.snapshot()) hash.update(slice);
    return hash.digest('hex');
  }

  apply(): number {
    this.applied += 1;
    return this.applied;
  }

  *snapshot(): Generator<Uint8Array, void, undefined> {
    for (let number = 0; number < this.#slices; number += 1) yield sliceOf(number);
  }

  async restore(slices: AsyncIterable<Uint8Array>): Promise<void> {
    const hash = createHash('sha256');
    for await (const slice of slices) hash.update(slice);
    this.restoredFrom = hash.digest('hex');
  }
}
