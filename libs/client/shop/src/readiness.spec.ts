import { readinessOf } from './readiness.ts';

it.each([
  ['live', false, true],
  ['memory', false, true],
  ['disk', false, true],
  ['none', false, false],
  ['live', true, false],
] as const)('knowing from %s, draining %s: ready %s', (source, draining, ready) => {
  expect(readinessOf({ source, ageMs: 42 }, draining).ready).toBe(ready);
});

it('says the age of what it knows, and where from', () => {
  expect(readinessOf({ source: 'disk', ageMs: 61_000 }, false).checks.discovery).toMatchObject({
    ok: false,
    ageMs: 61_000,
    detail: 'disk: the registry has been away since the start: serving from the copy on disk',
  });
});
