import { abortable } from '@portolan/kernel';

/** The requests of a stream until it is ended from this side; then the signal's reason is thrown. */
export async function* readUntil<Request>(
  requests: AsyncIterable<Request>,
  signal: AbortSignal,
): AsyncGenerator<Request, void, undefined> {
  const iterator = requests[Symbol.asyncIterator]();
  for (;;) {
    const next = await abortable(iterator.next(), signal);
    if (next.done === true) return;
    yield next.value;
  }
}
