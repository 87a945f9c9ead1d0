import type { StoreStatus, WatchEvent } from '@portolan/kv';
import { AnswerHeader } from '../wire/answer-header.ts';
import { WireWriter } from '../wire/wire-writer.ts';
import { writeEvents } from '../wire/write-events.ts';
import { writeFlag } from '../wire/write-key-value.ts';

/** Fields, as `number << 3 | type` of etcd's contract. */
const ANSWER = { header: 0x0a, watchId: 0x10, fragment: 0x38 } as const;
/** Lists of events whose bytes are kept: the same one with what was before, and without. */
const KEPT_LISTS = 2;
/** Larger ones are written again for each watcher. */
const KEPT_BYTES_MAX = 1_048_576;

interface Written {
  readonly events: readonly WatchEvent[];
  readonly bytes: Uint8Array;
}

/** An answer that tells of events. */
export interface AnswerFields {
  readonly status: Pick<StoreStatus, 'clusterId' | 'memberId' | 'term'>;
  readonly revision: number;
  readonly watchId: bigint;
  readonly events: readonly WatchEvent[];
  readonly fragment: boolean;
}

/**
 * Writes the answers of all watches of a server. Hot path (apps/bench/registry, `watch`): whoever watches the same is told the same, one
 * after the other, so the events are written once and copied for each.
 */
export class AnswerWriter {
  readonly #writer = new WireWriter();
  readonly #header = new AnswerHeader();
  readonly #kept: Written[] = [];

  /** @returns a message of its own */
  encode({ status, revision, watchId, events, fragment }: AnswerFields): Buffer {
    const bytes = this.#bytesOf(events);
    const writer = this.#writer;
    writer.begin();
    writer.raw(bytes);
    writeFlag(writer, ANSWER.fragment, fragment);
    if (watchId !== 0n) {
      writer.bigint(watchId);
      writer.tag(ANSWER.watchId);
    }
    this.#header.set(status);
    this.#header.write(writer, ANSWER.header, revision);
    return writer.copy();
  }

  #bytesOf(events: readonly WatchEvent[]): Uint8Array {
    for (const written of this.#kept) if (areSame(written.events, events)) return written.bytes;
    this.#writer.begin();
    writeEvents(this.#writer, events);
    const bytes = this.#writer.copy();
    if (bytes.length <= KEPT_BYTES_MAX) {
      if (this.#kept.length === KEPT_LISTS) this.#kept.shift();
      this.#kept.push({ events, bytes });
    }
    return bytes;
  }
}

function areSame(some: readonly WatchEvent[], others: readonly WatchEvent[]): boolean {
  if (some === others) return true;
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index += 1) {
    const [one, other] = [some[index], others[index]];
    if (one !== other && (one === undefined || other === undefined || !isSame(one, other))) return false;
  }
  return true;
}

/** Watchers that ask for what was before are each given an event of their own, of the same parts. */
function isSame(one: WatchEvent, other: WatchEvent): boolean {
  if (one.previous !== other.previous) return false;
  if (one.kind === 'put') return other.kind === 'put' && one.keyValue === other.keyValue;
  return other.kind === 'delete' && one.modRevision === other.modRevision && one.key === other.key;
}
