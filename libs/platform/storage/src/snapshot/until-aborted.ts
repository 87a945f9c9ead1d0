/**
 * Yields what `source` does until `signal` is aborted, then throws its reason: also while the source is silent, whose own end is
 * then nobody's business.
 */
export async function* untilAborted<Item>(
  source: AsyncIterable<Item> | Iterable<Item>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item, void, undefined> {
  if (signal === undefined) {
    yield* source;
    return;
  }
  const items = itemsOf(source);
  try {
    for (;;) {
      const next = await nextUnlessAborted(items, signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Of a source that never answers, neither does this.
    items.return().catch(() => undefined);
  }
}

/** Not a race with one promise for all: that would keep every item for as long as the signal. */
function nextUnlessAborted<Item>(
  items: AsyncGenerator<Item, void, undefined>,
  signal: AbortSignal,
): Promise<IteratorResult<Item, void>> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason is the aborter's to choose
      reject(signal.reason);
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    void items
      .next()
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', abort);
      });
  });
}

async function* itemsOf<Item>(source: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item, void, undefined> {
  yield* source;
}
