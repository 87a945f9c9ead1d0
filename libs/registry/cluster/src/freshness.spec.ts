import { NoLeaderError } from '@portolan/raft';
import { VirtualClock } from '@portolan/virtual-world';
import { CONFIRM_MS, Freshness } from './freshness.ts';

describe('Freshness', () => {
  it('counts from when the question was asked, not from when it was answered', async () => {
    const clock = new VirtualClock();
    const answer = Promise.withResolvers<undefined>();
    using freshness = new Freshness({ clock, barrier: () => answer.promise });
    await clock.advance(400);
    expect(freshness.wasCurrent).toBe(false);
    answer.resolve(undefined);
    await clock.advance(0);
    expect(freshness.wasCurrent).toBe(true);
    expect(freshness.ageMs).toBe(400);
  });

  it('grows while nobody leads, and is small again once somebody does', async () => {
    const clock = new VirtualClock();
    let leads = true;
    using freshness = new Freshness({
      clock,
      barrier: () => (leads ? Promise.resolve() : Promise.reject(new NoLeaderError())),
    });
    await clock.advance(10 * CONFIRM_MS);
    expect(freshness.ageMs).toBeLessThanOrEqual(CONFIRM_MS);
    leads = false;
    await clock.advance(10 * CONFIRM_MS);
    expect(freshness.ageMs).toBeGreaterThanOrEqual(9 * CONFIRM_MS);
    leads = true;
    await clock.advance(CONFIRM_MS);
    expect(freshness.ageMs).toBeLessThanOrEqual(CONFIRM_MS);
  });

  it('asks no more when it is disposed of', async () => {
    const clock = new VirtualClock();
    let asked = 0;
    const freshness = new Freshness({ clock, barrier: () => Promise.resolve(void (asked += 1)) });
    await clock.advance(CONFIRM_MS);
    freshness[Symbol.dispose]();
    const before = asked;
    await clock.advance(10 * CONFIRM_MS);
    expect(asked).toBe(before);
    expect(clock.pending).toBe(0);
  });
});
