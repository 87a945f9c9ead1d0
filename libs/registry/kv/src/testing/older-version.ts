import type { StateMachine } from '@portolan/raft-driver';
import { UnknownSnapshotError } from '../errors.ts';
import { decodeCommand } from '../log/command-codec.ts';
import type { Applied } from '../machine/command.ts';
import { COMMAND_FORMAT } from '../machine/command-format.ts';
import { SliceReader } from '../snapshot/slice-reader.ts';

/** A member of a version that knows formats of commands up to `known`: it stops at what is beyond, as that version does. */
export function ofVersion(machine: StateMachine<Applied>, known: number): StateMachine<Applied> {
  if (known >= COMMAND_FORMAT) return machine;
  return {
    snapshot: () => machine.snapshot(),
    apply: (command) => {
      decodeCommand(command.data, known);
      return machine.apply(command);
    },
    restore: async (slices) => {
      const all: Uint8Array[] = [];
      for await (const slice of slices) all.push(Uint8Array.from(slice));
      requireKnown(all, known);
      await machine.restore(again(all));
    },
  };
}

/** @throws UnknownSnapshotError */
function requireKnown(slices: readonly Uint8Array[], known: number): void {
  const reader = new SliceReader((record) => {
    if (record.$case !== 'start' || record.value.commandFormat <= known) return;
    throw new UnknownSnapshotError(record.value.commandFormat, known);
  });
  for (const slice of slices) reader.take(slice);
}

async function* again(slices: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* slices;
}
