import fc from 'fast-check';
import { createRetryBudget } from './retry-budget.ts';

const withdrawAll = (budget: ReturnType<typeof createRetryBudget>, now: number): number => {
  let taken = 0;
  while (taken < 10_000 && budget.tryWithdraw(now)) taken += 1;
  return taken;
};

describe('createRetryBudget', () => {
  it.each([
    [0, 100],
    [100, 120],
    [1_000, 300],
  ])('allows a fifth of %i attempts and 10 a second over 10 s: %i', (attempts, expected) => {
    const budget = createRetryBudget();
    for (let attempt = 0; attempt < attempts; attempt += 1) budget.deposit(5_000);
    expect(withdrawAll(budget, 5_000)).toBe(expected);
  });

  it('forgets attempts and retries that have left the window', () => {
    const budget = createRetryBudget({ ratio: 0.5, minPerSecond: 0 });
    for (let attempt = 0; attempt < 10; attempt += 1) budget.deposit(0);
    expect(withdrawAll(budget, 9_999)).toBe(5);
    expect(budget.tryWithdraw(10_000)).toBe(false);
    budget.deposit(30_000);
    budget.deposit(30_000);
    expect(withdrawAll(budget, 30_000)).toBe(1);
  });

  it('never lets retries exceed the ratio within one window (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(500), fc.boolean()), { maxLength: 300 }), (steps) => {
        const budget = createRetryBudget({ ratio: 0.2, minPerSecond: 0 });
        let now = 0;
        let attempts = 0;
        let retries = 0;
        for (const [pause, retry] of steps) {
          now += pause;
          if (!retry) {
            budget.deposit(now);
            attempts += 1;
          } else if (budget.tryWithdraw(now)) retries += 1;
        }
        expect(retries).toBeLessThanOrEqual(attempts * 0.2);
      }),
    );
  });
});
