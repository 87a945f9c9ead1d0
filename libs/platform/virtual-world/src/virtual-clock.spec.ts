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
});
