import type { Clock, Timer } from '@portolan/kernel';
import type { Command } from './machine/command.ts';
import { COMMAND_FORMAT } from './machine/command-format.ts';

/** How often who leads looks whether the last old member has been replaced, when nothing is written. */
export const FORMAT_LOOK_MS = 5_000;

export interface FormatAgreementOptions {
  readonly clock: Clock;
  /** The highest that all members know; undefined while one of them has not told. */
  readonly ofAll: () => number | undefined;
  readonly inForce: () => number;
  /** Whether this member does. */
  readonly leads: () => boolean;
  readonly propose: (command: Command) => Promise<unknown>;
}

/**
 * Raises the format of commands once all members know a higher one: the version of the cluster, which only ever rises. Until then it
 * writes nothing that an older version cannot read, so that members can be replaced one by one, and taken back.
 */
export class FormatAgreement {
  readonly #options: FormatAgreementOptions;
  #isUnderWay = false;
  #timer: Timer | undefined;

  constructor(options: FormatAgreementOptions) {
    this.#options = options;
  }

  /** This member leads from now on. */
  start(): void {
    this.stop();
    this.look();
    if (this.#isDone) return;
    this.#timer = this.#options.clock.after(FORMAT_LOOK_MS, () => {
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** To be called after each entry as well: a proposal that is lost is made again. */
  look(): void {
    if (this.#isDone) {
      this.stop();
      return;
    }
    const { ofAll, inForce, leads } = this.#options;
    if (this.#isUnderWay || !leads()) return;
    const format = Math.min(COMMAND_FORMAT, ofAll() ?? 0);
    if (format > inForce()) this.#activate(format);
  }

  #activate(format: number): void {
    this.#isUnderWay = true;
    const settle = (): void => {
      this.#isUnderWay = false;
    };
    this.#options.propose({ kind: 'activate', format }).then(settle, settle);
  }

  get #isDone(): boolean {
    return this.#options.inForce() >= COMMAND_FORMAT;
  }
}
