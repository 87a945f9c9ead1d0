import fc from 'fast-check';
import { LivesOfALog, type Coverage, type Life } from '../testing/lives.ts';

const life: fc.Arbitrary<Life> = fc.record({
  appends: fc.array(
    fc.record({
      bytes: fc.oneof({ weight: 4, arbitrary: fc.nat(200) }, { weight: 2, arbitrary: fc.nat(3_000) }, fc.nat(9_000)),
      isCarried: fc.integer({ min: 0, max: 4 }).map((number) => number === 0),
      together: fc.boolean(),
    }),
    { maxLength: 12 },
  ),
  releases: fc.boolean(),
  diesAt: fc.integer({ min: 1, max: 80 }),
  death: fc.constantFrom('killed', 'power cut', 'sync fails'),
  seed: fc.nat(),
});

it('loses nothing that was acknowledged, whenever and however its process dies', async () => {
  const coverage: Coverage = { lives: 0, cuts: 0, released: 0, failedSyncs: 0, unacknowledged: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 2, maxLength: 6 }), async (lives) => {
      const log = new LivesOfALog();
      for (const one of lives) await log.live(one);
      add(coverage, log.coverage);
    }),
    { numRuns: Number(process.env.PORTOLAN_LIVES ?? 500) },
  );
  for (const count of Object.values(coverage)) expect(count).toBeGreaterThan(0);
});

it('does not believe zeros that a sync has failed to write over a torn batch', async () => {
  const append = (bytes: number, isCarried: boolean, together: boolean): Life['appends'][number] => ({
    bytes,
    isCarried,
    together,
  });
  const nothing: Life = { appends: [], releases: false, diesAt: 1, death: 'killed', seed: 0 };
  const first = [append(2_649, true, false), append(1_080, false, true), append(153, false, false)];
  const torn = [append(0, true, false), append(1_265, true, true)];
  const shorter = [append(0, true, false), append(22, true, false), append(123, true, true)];
  const log = new LivesOfALog();
  for (const life of [
    { ...nothing, appends: [...first, ...torn], diesAt: 45 },
    { ...nothing, death: 'power cut' },
    { ...nothing, death: 'sync fails' },
    { ...nothing, appends: shorter, diesAt: 26, death: 'power cut' },
    nothing,
    { ...nothing, diesAt: 14 },
  ] as const) {
    await log.live(life);
  }
  expect(log.coverage.failedSyncs).toBe(1);
});

function add(sum: Coverage, { lives, cuts, released, failedSyncs, unacknowledged }: Coverage): void {
  sum.lives += lives;
  sum.cuts += cuts;
  sum.released += released;
  sum.failedSyncs += failedSyncs;
  sum.unacknowledged += unacknowledged;
}
