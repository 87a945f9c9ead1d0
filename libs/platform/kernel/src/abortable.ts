/**
 * Waits for `work`, but no longer than `signal` allows: then it rejects with the signal's reason and `work`, which goes on, goes unheard.
 * Nothing stays behind on the signal, so it may outlive millions of these.
 */
export function abortable<Result>(work: PromiseLike<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return Promise.resolve(work);
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason is the aborter's to choose
      reject(signal.reason);
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    work.then(
      (result) => {
        signal.removeEventListener('abort', abort);
        resolve(result);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', abort);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it came
        reject(error);
      },
    );
  });
}
