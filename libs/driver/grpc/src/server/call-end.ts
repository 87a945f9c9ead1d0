import { cancellationOf } from '@portolan/rpc';

/** Why a handler is told to stop. */
export const deadlinePassed = (): Error =>
  cancellationOf(new DOMException('the deadline has passed', 'TimeoutError'), true);
export const callerGone = (): Error => cancellationOf(new DOMException('the caller is gone', 'AbortError'), true);
