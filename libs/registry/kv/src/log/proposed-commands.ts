import type { Command } from '../machine/command.ts';

export interface ProposedCommand {
  readonly data: Uint8Array;
  readonly command: Command;
  /** It is not applied any more, or that is not waited for. */
  isAnswered: boolean;
}

/**
 * What this member has proposed, as it is read from its entries, so that each is read once. Entries come to be applied in the order in which
 * they were proposed; one that does not, or that has been to another member and back, is read again.
 */
export class ProposedCommands {
  #waiting: (ProposedCommand | undefined)[] = [];
  /** What is before it is gone. A Map would keep all of it for long: see `TokenRing` of the driver. */
  #head = 0;

  /** To be told when it is answered. */
  add(data: Uint8Array, command: Command): ProposedCommand {
    this.#forgetAnswered();
    const proposed = { data, command, isAnswered: false };
    this.#waiting.push(proposed);
    return proposed;
  }

  /** @returns undefined when it is not the next one */
  take(data: Uint8Array): Command | undefined {
    this.#forgetAnswered();
    const first = this.#waiting[this.#head];
    if (first?.data !== data) return undefined;
    this.#forgetFirst();
    return first.command;
  }

  #forgetAnswered(): void {
    while (this.#waiting[this.#head]?.isAnswered === true) this.#forgetFirst();
  }

  #forgetFirst(): void {
    this.#waiting[this.#head] = undefined;
    this.#head += 1;
    if (this.#head * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }
}
