import { incarnation, revision, StoreClosedError, type WatchBatch } from '@portolan/kv';
import { VirtualClock } from '@portolan/virtual-world';
import { Following } from './client-network.ts';

const batch = (at: number): { readonly batch: WatchBatch } => ({
  batch: { kind: 'progress', incarnation: incarnation('i'), revision: revision(at), events: [] },
});

function follow(): { clock: VirtualClock; taken: number[]; following: Following } {
  const clock = new VirtualClock();
  const taken: number[] = [];
  const following = new Following(clock, ({ revision: at }) => taken.push(at));
  return { clock, taken, following };
}

describe('Following', () => {
  it('takes batches in their order, each once', () => {
    const { taken, following } = follow();
    for (const number of [2, 1, 2, 4, 3, 1]) following.receive(number, batch(number));
    expect(taken).toEqual([1, 2, 3, 4]);
  });

  it('ends with what the store says, once it is its turn', async () => {
    const { taken, following } = follow();
    following.receive(2, { error: new StoreClosedError() });
    expect(following.hasEnded).toBe(false);
    following.receive(1, batch(1));
    expect(await following.ended).toBeInstanceOf(StoreClosedError);
    following.receive(3, batch(3));
    expect(taken).toEqual([1]);
  });

  it('gives up when something is lost, or nothing is heard; not while all that was sent has come', async () => {
    const { clock, following } = follow();
    following.receive(1, batch(1));
    for (let pings = 0; pings < 10; pings += 1) {
      await clock.advance(500);
      following.receive(1, undefined);
    }
    expect(following.hasEnded).toBe(false);
    for (let pings = 0; pings < 10; pings += 1) {
      await clock.advance(500);
      following.receive(2, undefined);
    }
    expect(await following.ended).toBeUndefined();
  });
});
