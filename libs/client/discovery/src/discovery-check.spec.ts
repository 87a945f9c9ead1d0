import { discoveryCheck } from './discovery-check.ts';

describe('the check of what is known', () => {
  it.each([
    ['live', true, 0],
    ['memory', false, 1_500],
    ['disk', false, 90_000],
    ['none', false, undefined],
  ] as const)('from %s holds: %s', (source, ok, ageMs) => {
    const check = discoveryCheck({ source, ageMs: (ageMs ?? 0) + 0.2 });
    expect([check.ok, check.ageMs]).toEqual([ok, ageMs]);
    expect(check.detail).toMatch(new RegExp(`^${source}: `));
  });
});
