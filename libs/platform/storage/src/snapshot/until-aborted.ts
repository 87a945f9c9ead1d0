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
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => {
    reject(signal.reason);
  };
  // It may be aborted when nobody waits.
  aborted.catch(() => undefined);
  signal.addEventListener('abort', abort, { once: true });
  const items = itemsOf(source);
  try {
    signal.throwIfAborted();
    for (;;) {
      const next = await Promise.race([items.next(), aborted]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // Of a source that never answers, neither does this.
    items.return().catch(() => undefined);
  }
}

async function* itemsOf<Item>(source: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item, void, undefined> {
  yield* source;
}
