import { decodeCommand } from '../log/command-codec.ts';
import type { Applied } from '../machine/command.ts';
import { StateMachine } from '../machine/state-machine.ts';
import type { Revision } from '../ids.ts';

/** What a log comes to that nobody serves any more: the state machine by itself, for `startRaft`. */
export class ReplayedState {
  readonly #machine = new StateMachine({ changed: () => undefined, restored: () => undefined });

  get revision(): Revision {
    return this.#machine.revision;
  }

  /** @throws UnknownCommandError, MalformedCommandError */
  apply({ index, term, data }: { readonly index: number; readonly term: number; readonly data: Uint8Array }): Applied {
    return this.#machine.apply({ index, term, command: decodeCommand(data) });
  }

  snapshot(): Iterable<Uint8Array> {
    return this.#machine.snapshot();
  }

  /** @throws UnknownSnapshotError, MalformedSnapshotError */
  restore(slices: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#machine.restore(slices);
  }
}
