import type { MachineState } from '../machine/machine-state.ts';
import { SliceReader } from './slice-reader.ts';
import { StateRestorer } from './state-restorer.ts';

/**
 * @param before what the new state takes the place of: what both have is shared, so that a member which has fallen behind does not need
 * the memory of two states
 * @param slices as they were written, or cut elsewhere; none of them is kept
 * @throws UnknownSnapshotError, MalformedSnapshotError
 */
export async function readSnapshot(
  slices: AsyncIterable<Uint8Array>,
  before: MachineState | undefined,
): Promise<MachineState> {
  const restorer = new StateRestorer(before);
  const reader = new SliceReader((record) => {
    restorer.take(record);
  });
  for await (const slice of slices) reader.take(slice);
  reader.end();
  return restorer.finish();
}
