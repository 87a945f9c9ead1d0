const ONCE = { once: true } as const;

/** Waits for `promise`, or rejects with the signal's reason as soon as it aborts. What it stands for goes on. */
export function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  return signal === undefined ? promise : race(promise, signal);
}

/** Hot path: each call of who may give it up, so there is one promise more and no race. */
function race<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason is the aborter's to choose
      reject(signal.reason);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, ONCE);
    promise.then(
      (value) => {
        signal.removeEventListener('abort', onAbort);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- handed on as it is
        reject(error);
      },
    );
  });
}
