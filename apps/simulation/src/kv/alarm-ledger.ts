import type { Alarm } from '@portolan/kv';

/** Disarmed, it stands for those of all members. */
const ALL_MEMBERS = 0n;

/** What is certain of alarms, for clients: one forbids what it does from its confirmation until somebody asks for its end. */
export class AlarmLedger {
  #certain: Alarm | undefined;
  #raised = ALL_MEMBERS;
  #isSpaceDoubtful = false;

  /** The same object for as long as it has been so without a break. */
  get certain(): Alarm | undefined {
    return this.#certain;
  }

  /** Nobody has raised an alarm in its name before: what was to end another does not end one of this. */
  name(): bigint {
    this.#raised += 1n;
    return this.#raised;
  }

  confirmed(alarm: Alarm): void {
    if (alarm.kind === 'corrupt' || !this.#isSpaceDoubtful) this.#certain = alarm;
  }

  disarming(): void {
    this.#certain = undefined;
  }

  /** It may be disarmed yet, and others with it, whenever they are raised. */
  doubtful({ kind, memberId }: Alarm): void {
    this.#isSpaceDoubtful ||= kind === 'no-space' && memberId === ALL_MEMBERS;
  }
}
