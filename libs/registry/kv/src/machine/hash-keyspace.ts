import { crc32 } from 'node:zlib';
import type { Revision } from '../ids.ts';
import type { KeyValue } from '../key-value.ts';
import type { CapturedKeyspace } from './keyspace-state.ts';

/** What is hashed before others have their turn: some milliseconds' worth. */
export const HASH_STEP_BYTES = 1024 ** 2;

/** Numbers of a key or an event, and the lengths of what follows them. */
const HEAD_BYTES = 44;

const PUT = 1;
const DELETE = 2;

/**
 * CRC-32 of what a keyspace was at its floor, and of everything that changed it until `at`: so also of its keys as they were then.
 * Whoever has the same floor has the same, if nothing is wrong.
 * @returns in steps of about `HASH_STEP_BYTES`
 */
export function* hashKeyspace(
  { floor, atFloor, changes }: CapturedKeyspace,
  at: Revision,
): Generator<undefined, number, undefined> {
  const hasher = new Hasher();
  for (const keyValue of atFloor.values()) {
    hasher.put(keyValue);
    if (hasher.isDue) yield;
  }
  for (const { revision, events } of changes) {
    if (revision > at) break;
    // What a floor's own change made is in the tree already.
    if (revision === floor) continue;
    for (const { event } of events) {
      if (event.kind === 'put') hasher.put(event.keyValue);
      else hasher.delete(event.key, event.modRevision);
      if (hasher.isDue) yield;
    }
  }
  return hasher.hash;
}

/** Hot path: once per key. */
class Hasher {
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #hash = 0;
  #bytes = 0;

  get hash(): number {
    return this.#hash;
  }

  get isDue(): boolean {
    if (this.#bytes < HASH_STEP_BYTES) return false;
    this.#bytes = 0;
    return true;
  }

  put({ key, value, createRevision, modRevision, version, lease }: KeyValue): void {
    const head = this.#head;
    head.writeUInt32LE(PUT, 0);
    head.writeDoubleLE(createRevision, 4);
    head.writeDoubleLE(modRevision, 12);
    head.writeDoubleLE(version, 20);
    head.writeBigUInt64LE(lease ?? 0n, 28);
    head.writeUInt32LE(key.length, 36);
    head.writeUInt32LE(value.length, 40);
    this.#take(key, value);
  }

  delete(key: string, modRevision: Revision): void {
    this.#head.fill(0);
    this.#head.writeUInt32LE(DELETE, 0);
    this.#head.writeDoubleLE(modRevision, 12);
    this.#head.writeUInt32LE(key.length, 36);
    this.#take(key, undefined);
  }

  #take(key: string, value: Uint8Array | undefined): void {
    this.#hash = crc32(Buffer.from(key, 'latin1'), crc32(this.#head, this.#hash));
    if (value !== undefined) this.#hash = crc32(value, this.#hash);
    this.#bytes += HEAD_BYTES + key.length + (value?.length ?? 0);
  }
}
