import type { MachineState } from '../machine/machine-state.ts';
import { SliceReader } from './slice-reader.ts';
import { StateRestorer } from './state-restorer.ts';

/**
 * @param slices as they were written, or cut elsewhere; none of them is kept
 * @throws UnknownSnapshotError, MalformedSnapshotError
 */
export async function readSnapshot(slices: AsyncIterable<Uint8Array>): Promise<MachineState> {
  const restorer = new StateRestorer();
  const reader = new SliceReader((record) => {
    restorer.take(record);
  });
  for await (const slice of slices) reader.take(slice);
  reader.end();
  return restorer.finish();
}
