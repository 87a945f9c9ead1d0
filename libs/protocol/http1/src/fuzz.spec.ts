import { describeFuzz } from './testing/fuzz.ts';

/** More with `PORTOLAN_FUZZ_ITERATIONS`; `fuzz.long.ts` goes on for as long as one likes. */
describeFuzz({ numRuns: Number(process.env.PORTOLAN_FUZZ_ITERATIONS ?? '400') });
