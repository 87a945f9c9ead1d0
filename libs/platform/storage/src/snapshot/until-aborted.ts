import { abortable } from '@portolan/kernel';

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
      const next = await abortable(items.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Of a source that never answers, neither does this.
    items.return().catch(() => undefined);
  }
}

async function* itemsOf<Item>(source: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item, void, undefined> {
  yield* source;
}
