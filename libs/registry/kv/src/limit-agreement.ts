import { KEYSPACES } from './ids.ts';
import { quotaOf, type AgreedLimits } from './limits.ts';
import type { Command } from './machine/command.ts';

export interface LimitAgreementOptions {
  /** This member's settings, as far as they can be said now. */
  readonly wanted: () => AgreedLimits;
  readonly inForce: () => AgreedLimits;
  /** Whether this member does. */
  readonly leads: () => boolean;
  readonly propose: (command: Command) => Promise<unknown>;
}

/** Puts the settings of who leads in force, through the log: they decide what commands come to. */
export class LimitAgreement {
  readonly #options: LimitAgreementOptions;
  #isUnderWay = false;

  constructor(options: LimitAgreementOptions) {
    this.#options = options;
  }

  /** To be called when this member begins to lead and after each entry: a proposal that is lost is made again after the next one. */
  look(): void {
    const { wanted, inForce, leads, propose } = this.#options;
    if (this.#isUnderWay || !leads()) return;
    const limits = wanted();
    if (areSame(limits, inForce())) return;
    this.#isUnderWay = true;
    const settle = (): void => {
      this.#isUnderWay = false;
    };
    propose({ kind: 'limit', limits }).then(settle, settle);
  }
}

function areSame(a: AgreedLimits, b: AgreedLimits): boolean {
  return (
    a.leasesMax === b.leasesMax &&
    KEYSPACES.every((keyspace) => quotaOf(a, keyspace) === quotaOf(b, keyspace)) &&
    a.sessionsMax === b.sessionsMax &&
    a.sessionBytesMax === b.sessionBytesMax
  );
}
