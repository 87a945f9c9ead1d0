import { playSchedule } from './schedule.ts';

/** What a good many seeds must have been through, or they have shown nothing. */
const COVERED = [
  'elections',
  'truncations',
  'commits',
  'reads',
  'change',
  'compact',
  'installing',
  'removed',
  'transfer',
  'OverloadedError',
  'ChangePendingError',
  'TransferringError',
  'LearnerBehindError',
];
/** Fewer seeds may miss something. */
const SEEDS_THAT_COVER = 50;

/** @param steps random actions for each seed */
export function describeSchedules(seeds: readonly number[], steps: number): void {
  it(`schedules keep what the paper promises: ${seeds.length} seeds from ${seeds[0] ?? 'none'}, ${steps} steps each`, () => {
    const total: Record<string, number> = {};
    for (const seed of seeds) {
      for (const [what, count] of Object.entries(playSchedule(seed, steps))) total[what] = (total[what] ?? 0) + count;
    }
    process.stdout.write(
      `${Object.entries(total)
        .map(([what, count]) => `${what} ${count}`)
        .join(', ')}\n`,
    );
    if (seeds.length >= SEEDS_THAT_COVER) expect(COVERED.filter((what) => total[what] === undefined)).toEqual([]);
  });
}
