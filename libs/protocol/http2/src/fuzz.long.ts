import { describeFuzz } from './testing/fuzz.ts';

/** For each role; `PORTOLAN_FUZZ_SECONDS=7200 npm run test:long -- fuzz` goes on for hours. */
const SECONDS = Number(process.env.PORTOLAN_FUZZ_SECONDS ?? '300');
const MARGIN_MS = 60_000;

/** Seeds that no run before has tried, until the time is up. */
function* freshSeeds(): Generator<number> {
  const endsAt = performance.now() + SECONDS * 1_000;
  for (let seed = Date.now(); performance.now() < endsAt; seed += 1) yield seed;
}

describeFuzz(freshSeeds, SECONDS * 1_000 + MARGIN_MS);
