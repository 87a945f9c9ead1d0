import { describeSchedules } from './testing/schedule/describe.ts';

/** `PORTOLAN_RAFT_SEED=17` plays one again; `schedule.long.ts` plays as many as one likes. */
const only = process.env.PORTOLAN_RAFT_SEED;
const seeds = only === undefined ? Array.from({ length: 100 }, (_, place) => place + 1) : [Number(only)];

describeSchedules(seeds, 2_000);
