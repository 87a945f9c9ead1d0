import type { CallContext } from '../call.ts';

/** Never answers; tells how its call ended. */
export function pending(seen: (call: CallContext) => void): (request: unknown, call: CallContext) => Promise<never> {
  return (_request, call) =>
    new Promise((_resolve, reject) => {
      seen(call);
      call.signal.addEventListener('abort', () => {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what a handler does with its signal
        reject(call.signal.reason);
      });
    });
}
