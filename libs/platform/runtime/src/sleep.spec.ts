import { VirtualClock } from '@portolan/virtual-world';
import { sleep } from './sleep.ts';

describe('sleep', () => {
  it('resolves when its time has come, and leaves nothing behind', async () => {
    const clock = new VirtualClock();
    let awake = false;
    const done = sleep(clock, 100, new AbortController().signal).then(() => {
      awake = true;
    });
    await clock.advance(99);
    expect(awake).toBe(false);
    await clock.advance(1);
    await done;
    expect([awake, clock.pending]).toEqual([true, 0]);
  });

  it('rejects with the reason when it is aborted, and cancels its timer', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const done = sleep(clock, 100, controller.signal);
    controller.abort(new Error('enough'));
    await expect(done).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
    await expect(sleep(clock, 100, controller.signal)).rejects.toThrow('enough');
  });
});
