/**
 * What `source` yields, until `signal` aborts: then it ends as if the source had. What the source does after that goes
 * unheard. Nothing stays behind on the signal, so it may outlive millions of these.
 */
export async function* untilAborted<Item>(
  source: AsyncIterable<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  for (;;) {
    const next = await nextUnlessAborted(iterator, signal);
    if (next.done === true) return;
    yield next.value;
  }
}

function nextUnlessAborted<Item>(
  iterator: AsyncIterator<Item>,
  signal: AbortSignal,
): Promise<IteratorResult<Item, unknown>> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      resolve({ done: true, value: undefined });
    };
    if (signal.aborted) {
      end();
      return;
    }
    signal.addEventListener('abort', end, { once: true });
    void iterator
      .next()
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', end);
      });
  });
}
