import { abortable } from '@portolan/kernel';
import type { Answer, KnownItems } from './known-items.ts';

/**
 * The whole answer now, and again at each change; a slow reader skips to the newest. Ends when `signal` aborts.
 * @throws QueryRefusedError, DiscoveryClosedError
 */
export async function* changes<Item>(items: KnownItems<Item>, signal: AbortSignal): AsyncGenerator<Answer<Item>, void> {
  let changed = Promise.withResolvers<undefined>();
  const unsubscribe = items.subscribe(() => {
    changed.resolve(undefined);
  });
  try {
    const first = await items.known(signal);
    while (true) {
      changed = Promise.withResolvers();
      yield items.current() ?? first;
      await abortable(changed.promise, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    unsubscribe();
  }
}
