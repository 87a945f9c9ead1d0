import { describeSchedules } from './testing/schedule/describe.ts';

/** `PORTOLAN_RAFT_SEEDS=100000 npm run test:long -- raft` goes on for an hour; other seeds than `schedule.spec.ts`. */
const SEEDS = Number(process.env.PORTOLAN_RAFT_SEEDS ?? '5000');

describeSchedules(
  Array.from({ length: SEEDS }, (_, place) => 1_000 + place),
  5_000,
);
