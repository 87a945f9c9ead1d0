import type { KvStore } from '../kv-store.ts';

/** What a process that is dead does with every further step. */
export class CrashError extends Error {
  override readonly name = 'CrashError';
}

/**
 * A process that is killed at one of its steps. From then on every step fails, also those of its own cleaning up:
 * a killed process does not clean up.
 */
export interface Crash {
  readonly happened: boolean;
  step<Result>(action: () => Promise<Result>): Promise<Result>;
}

/**
 * @param at the step that the crash meets, from 1 on; Infinity for a process that lives
 * @param side `before`: the step does not happen. `after`: it happens, and nobody hears of it
 */
export function createCrash(at: number, side: 'before' | 'after'): Crash {
  let steps = 0;
  let happened = false;
  return {
    get happened() {
      return happened;
    },
    async step(action) {
      steps += 1;
      if (happened || (steps === at && side === 'before')) {
        happened = true;
        throw new CrashError(`the process was killed before step ${steps}`);
      }
      const isLast = steps === at;
      if (isLast) happened = true;
      const result = await action();
      if (isLast) throw new CrashError(`the process was killed after step ${steps}`);
      return result;
    },
  };
}

/** `store` as a process sees it that `crash` kills; each request is a step. Watches are left alone. */
export function crashingStore(store: KvStore, crash: Crash): KvStore {
  return {
    range: (request, signal) => crash.step(() => store.range(request, signal)),
    txn: (request, signal) => crash.step(() => store.txn(request, signal)),
    watch: (request, signal) => store.watch(request, signal),
    grantLease: (request, signal) => crash.step(() => store.grantLease(request, signal)),
    keepAlive: (request, signal) => crash.step(() => store.keepAlive(request, signal)),
    revokeLease: (request, signal) => crash.step(() => store.revokeLease(request, signal)),
    timeToLive: (request, signal) => crash.step(() => store.timeToLive(request, signal)),
    leases: (request, signal) => crash.step(() => store.leases(request, signal)),
    compact: (request, signal) => crash.step(() => store.compact(request, signal)),
    status: (signal) => crash.step(() => store.status(signal)),
  };
}
