import fc from 'fast-check';
import { describeFuzz } from './testing/fuzz.ts';

/** For each role; `PORTOLAN_FUZZ_SECONDS=7200 npm run test:long -- fuzz` goes on for hours. */
const SECONDS = Number(process.env.PORTOLAN_FUZZ_SECONDS ?? '300');
const MARGIN_MS = 60_000;

const plugins = [fc.interruptAfterTimeLimit(SECONDS * 1_000)];
describeFuzz({ numRuns: 1_000_000_000, plugins }, SECONDS * 1_000 + MARGIN_MS);
