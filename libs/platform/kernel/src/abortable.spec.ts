import { abortable } from './abortable.ts';

/** A signal, and how many listen to it. */
function counted(): { readonly abort: AbortController; readonly listening: () => number } {
  const abort = new AbortController();
  const { signal } = abort;
  let listening = 0;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...listener: Parameters<typeof add>) => {
    listening += 1;
    add(...listener);
  };
  signal.removeEventListener = (...listener: Parameters<typeof remove>) => {
    listening -= 1;
    remove(...listener);
  };
  return { abort, listening: () => listening };
}

const REASON = new Error('nobody waits');
const FAILURE = new Error('it failed');

it('comes to what the work comes to, and leaves nothing on the signal', async () => {
  const { abort, listening } = counted();
  await expect(abortable(Promise.resolve(1), abort.signal)).resolves.toBe(1);
  await expect(abortable(Promise.reject(FAILURE), abort.signal)).rejects.toBe(FAILURE);
  expect(listening()).toBe(0);
});

it("rejects with the reason as soon as the signal aborts; what the work comes to then is nobody's business", async () => {
  const abort = new AbortController();
  const work = Promise.withResolvers<number>();
  const waiting = abortable(work.promise, abort.signal);
  abort.abort(REASON);
  await expect(waiting).rejects.toBe(REASON);
  work.reject(FAILURE);
});

it('rejects at once when the signal has aborted', async () => {
  await expect(abortable(new Promise(() => undefined), AbortSignal.abort(REASON))).rejects.toBe(REASON);
});

it('is the work itself without a signal', async () => {
  const work = Promise.resolve(1);
  expect(abortable(work, undefined)).toBe(work);
  await work;
});
