/** The requests of a stream until it is ended from this side; then the signal's reason is thrown. */
export async function* readUntil<Request>(
  requests: AsyncIterable<Request>,
  signal: AbortSignal,
): AsyncGenerator<Request, void, undefined> {
  const ended = Promise.withResolvers<never>();
  const onAbort = (): void => {
    ended.reject(signal.reason);
  };
  // Nobody may be waiting when it happens.
  ended.promise.catch(() => undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  const iterator = requests[Symbol.asyncIterator]();
  try {
    signal.throwIfAborted();
    for (;;) {
      const next = await Promise.race([iterator.next(), ended.promise]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
