import { getEventListeners } from 'node:events';
import { VirtualClock } from '@portolan/virtual-world';
import { goingAway } from './going-away.ts';
import { LeaderWatch } from './leader-watch.ts';
import { CutOffStore } from './testing/cut-off-store.ts';
import { freshStore } from './testing/kv-over-grpc.ts';

/** A node that can drain, and lose its leader. */
async function node() {
  const stack = new AsyncDisposableStack();
  const clock = new VirtualClock();
  const store = new CutOffStore(stack.use(freshStore(clock)));
  const logger = { info: (): void => undefined, warn: (): void => undefined };
  const leader = stack.use(new LeaderWatch({ store, clock, logger }));
  await clock.advance(0);
  const drain = new AbortController();
  return { clock, store, leader, drain, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('a node that cannot go on with a stream', () => {
  it('drains: what is asked by then is answered', async () => {
    await using house = await node();
    using away = goingAway(house.drain.signal, house.leader);
    house.drain.abort();
    expect(away.signal.reason).toMatchObject({ code: 'REGISTRY_DRAINING' });
    expect(away.leaderless.aborted).toBe(false);
    using late = goingAway(house.drain.signal, undefined);
    expect(late.signal.reason).toMatchObject({ code: 'REGISTRY_DRAINING' });
  });

  it('loses its leader: what is asked by then is not answered', async () => {
    await using house = await node();
    using away = goingAway(house.drain.signal, house.leader);
    house.store.cutOff();
    await house.clock.advance(0);
    expect(away.signal.reason).toMatchObject({ code: 'RAFT_NO_LEADER' });
    expect(away.leaderless.reason).toBe(away.signal.reason);
  });

  it('knows nothing more of a stream that has ended', async () => {
    await using house = await node();
    const [stream, other] = [goingAway(house.drain.signal, house.leader), goingAway(house.drain.signal, undefined)];
    expect(getEventListeners(house.drain.signal, 'abort')).toHaveLength(2);
    stream[Symbol.dispose]();
    other[Symbol.dispose]();
    expect(getEventListeners(house.drain.signal, 'abort')).toEqual([]);
    house.store.cutOff();
    await house.clock.advance(0);
    house.drain.abort();
    expect([stream.signal.aborted, other.signal.aborted]).toEqual([false, false]);
  });
});
