import { PortolanError, type Clock } from '@portolan/kernel';
import type { Messaging, MessagingLogger, Subscription } from '@portolan/messaging';
import { sleep } from '@portolan/runtime';

const RETRY_MS = 1_000;

/**
 * Subscribes, however long the registry or the broker is away: for processes that start and serve without them.
 * @returns ends the subscription, or the attempts at it
 */
export function keepSubscribed(
  events: Messaging,
  subscription: Subscription,
  { clock, logger }: { readonly clock: Clock; readonly logger: Pick<MessagingLogger, 'warn'> },
): AsyncDisposable {
  const ending = new AbortController();
  const { signal } = ending;
  // A function: TypeScript believes that what it saw before an await still holds.
  const isEnding = (): boolean => signal.aborted;
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve(undefined);
    });
  });
  const run = async (): Promise<void> => {
    let warned = false;
    while (!isEnding()) {
      try {
        const subscribing = events.subscribe(subscription);
        const subscribed = await Promise.race([subscribing, stopped]);
        await stopped;
        // One that never came about is ended with all of `events`.
        await subscribed?.[Symbol.asyncDispose]();
        return;
      } catch (error) {
        if (!(error instanceof PortolanError)) throw error;
        if (!warned)
          logger.warn({ audience: subscription.audience.name, err: error }, 'cannot subscribe now; trying on');
        warned = true;
        await sleep(clock, RETRY_MS, signal).catch(() => undefined);
      }
    }
  };
  const running = run();
  return {
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await running;
    },
  };
}
