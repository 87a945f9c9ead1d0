import { epochMillis, millis, type Clock } from '@portolan/kernel';

/** The machine's own time. Timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => millis(performance.now()),
  epoch: () => epochMillis(Date.now()),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};
