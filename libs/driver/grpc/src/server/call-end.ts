import { cancellationOf } from '@portolan/rpc';
import { StreamStalledError } from '../call-errors.ts';
import type { CallScope } from './call-scope.ts';

/** Why a handler is told to stop. */
export const deadlinePassed = (): Error =>
  cancellationOf(new DOMException('the deadline has passed', 'TimeoutError'), true);
export const callerGone = (): Error => cancellationOf(new DOMException('the caller is gone', 'AbortError'), true);

/** Waits until there is room for the next message of a stream; whoever makes none in time is given up. */
export async function takenInTime(
  room: Promise<void>,
  { clock, streamStallMs }: Pick<CallScope, 'clock' | 'streamStallMs'>,
  path: string,
  call: { end(reason: Error): void },
): Promise<void> {
  if (streamStallMs === Infinity) return room;
  const stalled = clock.after(streamStallMs, () => {
    call.end(new StreamStalledError(path, streamStallMs));
  });
  await room;
  stalled.cancel();
}
