import { createSeededRng, type Timer } from '@portolan/kernel';
import { VirtualClock } from './virtual-clock.ts';

describe('VirtualClock', () => {
  it('stands still until it is moved, and fires in order of time, then of setting', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.after(20, () => fired.push('late'));
    clock.after(10, () => fired.push('early'));
    clock.after(10, () => fired.push('early, set second'));
    await clock.advance(9);
    expect(fired).toEqual([]);
    await clock.advance(11);
    expect(fired).toEqual(['early', 'early, set second', 'late']);
    expect(clock.now()).toBe(20);
    expect(clock.pending).toBe(0);
  });

  it('fires what a timer sets at its own time', async () => {
    const clock = new VirtualClock();
    const at: number[] = [];
    const tick = (): void => {
      at.push(clock.now());
      clock.after(10, tick);
    };
    clock.after(10, tick);
    await clock.advance(35);
    expect(at).toEqual([10, 20, 30]);
  });

  it('forgets a cancelled timer', async () => {
    const clock = new VirtualClock();
    let fired = false;
    clock
      .after(5, () => {
        fired = true;
      })
      .cancel();
    await clock.advance(10);
    expect(fired).toBe(false);
  });

  it('moves the calendar with it', async () => {
    const clock = new VirtualClock(1_000);
    await clock.advance(5);
    expect(clock.epoch()).toBe(1_005);
  });

  it('steps from timer to timer, each with all that its promises lead to', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.after(5, () => {
      seen.push('fired');
      void (async () => {
        for (let link = 0; link < 100; link += 1) await Promise.resolve();
        seen.push('settled');
      })();
    });
    clock.after(5, () => seen.push('second'));
    expect([clock.nextAt, await clock.step(), clock.now(), seen]).toEqual([5, true, 5, ['fired', 'settled']]);
    expect([await clock.step(), seen.at(-1)]).toEqual([true, 'second']);
    expect([await clock.step(), clock.now(), clock.nextAt]).toEqual([false, 5, undefined]);
  });

  it('lets a check look after every firing, and stops where it throws', async () => {
    const clock = new VirtualClock();
    for (const at of [1, 2, 3]) clock.after(at, () => undefined);
    const looked: number[] = [];
    const look = (): void => {
      looked.push(clock.now());
      if (clock.now() === 2) throw new Error('broken');
    };
    await expect(clock.advance(10, look)).rejects.toThrow('broken');
    expect([looked, clock.now(), clock.pending]).toEqual([[1, 2], 2, 1]);
  });

  it.each([1, 2, 3, 4, 5])('keeps the order of a sorted list under setting and cancelling, seed %i', async (seed) => {
    const rng = createSeededRng(seed);
    const clock = new VirtualClock();
    const expected = new Map<number, { at: number; timer: Timer }>();
    const fired: number[] = [];
    for (let name = 0; name < 2_000; name += 1) {
      const at = rng.below(50);
      expected.set(name, { at, timer: clock.after(at, () => fired.push(name)) });
      const victim = rng.below(2 * (name + 1));
      expected.get(victim)?.timer.cancel();
      expected.delete(victim);
    }
    expect(clock.pending).toBe(expected.size);
    await clock.advance(50);
    const order = [...expected].sort(([, one], [, other]) => one.at - other.at).map(([name]) => name);
    expect(fired).toEqual(order);
  });
});
