import { describeFuzz } from './testing/fuzz.ts';

/** More with `PORTOLAN_FUZZ_ITERATIONS`; `fuzz.long.ts` goes on for as long as one likes. */
const ITERATIONS = Number(process.env.PORTOLAN_FUZZ_ITERATIONS ?? '150');

describeFuzz(() => Array.from({ length: ITERATIONS }, (_, index) => index + 1));
