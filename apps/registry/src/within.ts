import type { Clock } from '@portolan/kernel';

/** Resolves with `work`, or when its time is over: then it goes on, and nobody waits for it. */
export async function within(clock: Clock, ms: number, work: PromiseLike<unknown>): Promise<void> {
  const over = Promise.withResolvers<undefined>();
  const timer = clock.after(ms, () => {
    over.resolve(undefined);
  });
  await Promise.race([work, over.promise]);
  timer.cancel();
}
