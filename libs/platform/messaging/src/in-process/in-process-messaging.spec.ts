import { VirtualClock } from '@portolan/virtual-world';
import { describeMessaging } from '../testing/index.ts';
import { InProcessMessaging } from './in-process-messaging.ts';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

describeMessaging('events within a process', async () => {
  const clock = new VirtualClock();
  const messaging = new InProcessMessaging({ clock, logger });
  return {
    open: async () => messaging,
    pass: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => messaging[Symbol.asyncDispose](),
  };
});
