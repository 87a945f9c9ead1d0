import { RegistryDrainingError } from './errors.ts';
import type { LeaderWatch } from './leader-watch.ts';

/** That this node cannot go on with a stream, which could go on at another one. Disposed with the stream, it leaves nothing behind. */
export interface GoingAway extends Disposable {
  /** Aborts with the error that its client is told. */
  readonly signal: AbortSignal;
  /** The same when the leader is lost: what is asked by then is not answered any more. A node that drains answers it. */
  readonly leaderless: AbortSignal;
}

/** @param leader absent where what is told depends on no leader */
export function goingAway(draining: AbortSignal, leader: LeaderWatch | undefined): GoingAway {
  const away = new AbortController();
  const leaderless = new AbortController();
  const drain = (): void => {
    away.abort(new RegistryDrainingError());
  };
  if (draining.aborted) drain();
  draining.addEventListener('abort', drain, { once: true });
  const following = leader?.follow((why) => {
    leaderless.abort(why);
    away.abort(why);
  });
  return {
    signal: away.signal,
    leaderless: leaderless.signal,
    [Symbol.dispose]: () => {
      draining.removeEventListener('abort', drain);
      following?.[Symbol.dispose]();
    },
  };
}
