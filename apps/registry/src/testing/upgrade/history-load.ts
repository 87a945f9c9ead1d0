import { assert } from '@portolan/kernel';
import { HistoryClients } from '../history-clients.ts';
import type { Load } from './load.ts';

/** A client at each member that writes and reads a few keys, and remembers what it was answered. */
export class HistoryLoad implements Load {
  readonly #clients: HistoryClients;

  constructor(addresses: readonly string[]) {
    this.#clients = new HistoryClients(
      addresses.map((address) => ({ name: address, address })),
      'history/',
    );
  }

  /** Reads and writes so far. */
  get operations(): number {
    return this.#clients.history.operations.length;
  }

  summary(): string {
    return `${this.operations} operations, ${this.#clients.acknowledged} of them acknowledged writes, linearizable`;
  }

  async check(): Promise<void> {
    await this.#clients.judge();
    assert(this.#clients.acknowledged > 0, 'something was written');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#clients[Symbol.asyncDispose]();
  }
}
