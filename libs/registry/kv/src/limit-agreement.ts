import type { AgreedLimits } from './limits.ts';
import type { Command } from './machine/command.ts';

export interface LimitAgreementOptions {
  /** This member's settings. */
  readonly wanted: AgreedLimits;
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
    if (this.#isUnderWay || !leads() || areSame(wanted, inForce())) return;
    this.#isUnderWay = true;
    const settle = (): void => {
      this.#isUnderWay = false;
    };
    propose({ kind: 'limit', limits: wanted }).then(settle, settle);
  }
}

function areSame(a: AgreedLimits, b: AgreedLimits): boolean {
  return (
    a.leasesMax === b.leasesMax &&
    a.quotaBytes === b.quotaBytes &&
    a.sessionsMax === b.sessionsMax &&
    a.sessionBytesMax === b.sessionBytesMax
  );
}
