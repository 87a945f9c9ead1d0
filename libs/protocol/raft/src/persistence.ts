import { assert } from '@portolan/kernel';
import { logIndex, type LogIndex } from './ids.ts';
import type { Message } from './message.ts';
import type { Persist } from './ready.ts';

interface Outstanding {
  readonly persist: Persist;
  /** The last entry of it that is still in the log. */
  lastIndex: LogIndex;
  readonly held: Message[];
}

/**
 * What the driver has been given to persist and has not confirmed, and the messages that wait for it.
 * A vote, an acknowledgement or a request for votes that left earlier could be denied by the same member after a crash.
 */
export class Persistence {
  readonly #outstanding: Outstanding[] = [];
  #stalledTicks = 0;
  /** Rely on changes that are in no `Ready` yet. */
  #waiting: Message[] = [];

  hold(message: Message): void {
    this.#waiting.push(message);
  }

  /** A snapshot is being installed: until then this member's log has no floor. */
  get isInstalling(): boolean {
    return this.#outstanding.some(({ persist }) => persist.snapshot !== undefined);
  }

  /** Ticks without a write done, though there is one to do: a disk with a long queue works, one that hangs does not. */
  get stalledTicks(): number {
    return this.#stalledTicks;
  }

  tick(): void {
    if (this.#outstanding.length > 0) this.#stalledTicks += 1;
  }

  /** @param lastIndex of the log, with the entries of `persist` */
  begin(persist: Persist, lastIndex: LogIndex): void {
    this.#outstanding.push({ persist, lastIndex, held: this.#waiting });
    this.#waiting = [];
  }

  /** Nothing new is to be persisted: what waits relies on the last write under way, if there is one. */
  settle(): readonly Message[] {
    const waiting = this.#waiting;
    if (waiting.length === 0) return waiting;
    this.#waiting = [];
    const last = this.#outstanding.at(-1);
    if (last === undefined) return waiting;
    last.held.push(...waiting);
    return [];
  }

  /**
   * Entries from `index` on are being replaced. A write of the old ones that is confirmed later says nothing about the new ones,
   * not even if these are, by a second replacement, the same again.
   */
  truncated(index: LogIndex): void {
    for (const outstanding of this.#outstanding) {
      outstanding.lastIndex = logIndex(Math.min(outstanding.lastIndex, index - 1));
    }
  }

  /** @returns how far the log is durable now, and the messages that were held for it */
  complete(persist: Persist): { readonly durable: LogIndex; readonly released: readonly Message[] } {
    const first = this.#outstanding.shift();
    assert(first?.persist === persist, 'readies are advanced in order, each once');
    this.#stalledTicks = 0;
    return { durable: first.lastIndex, released: first.held };
  }
}
