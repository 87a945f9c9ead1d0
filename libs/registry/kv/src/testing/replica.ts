import type { Keyspace } from '../ids.ts';
import { FIRST_LIMITS, type AgreedLimits } from '../limits.ts';
import type { Change } from '../machine/change.ts';
import type { Applied, Command } from '../machine/command.ts';
import { StateMachine } from '../machine/state-machine.ts';

/** A machine by itself, and what it told its listener. */
export class Replica {
  readonly changes: { readonly keyspace: Keyspace; readonly change: Change }[] = [];
  readonly machine: StateMachine;

  /** @param limits if there are any, the first entry puts them in force */
  constructor(limits?: Partial<AgreedLimits>) {
    this.machine = new StateMachine({
      changed: (keyspace, change) => {
        this.changes.push({ keyspace, change });
      },
      restored: () => undefined,
    });
    if (limits !== undefined) this.apply({ kind: 'limit', limits: { ...FIRST_LIMITS, ...limits } });
  }

  /** As the next entry. */
  apply(command: Command, term = 1): Applied {
    return this.machine.apply({ index: this.machine.index + 1, term, command });
  }

  applyAll(commands: readonly Command[]): readonly Applied[] {
    return commands.map((command) => this.apply(command));
  }

  /** All of it, now. */
  snapshot(): Buffer {
    return Buffer.concat([...this.machine.snapshot()]);
  }

  /** What it would be after a restart. */
  async restored(): Promise<Replica> {
    const other = new Replica();
    await other.machine.restore(inSlices(this.machine.snapshot()));
    return other;
  }
}

export async function* inSlices(slices: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* slices;
}
