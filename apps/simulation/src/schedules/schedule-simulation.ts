import { playSchedule, ScheduleFailure } from '@portolan/raft/testing';
import type { Run, RunOptions } from '../cores.ts';
import { Violation } from '../violation.ts';

const STEPS = 4_000;

/** What many schedules must have been through. */
export const SCHEDULE_COVERAGE_NAMES = [
  'elections',
  'truncations',
  'commits',
  'reads',
  'change',
  'compact',
  'installing',
  'transfer',
] as const;

const NOTHING: Readonly<Record<string, number>> = {};

/** One schedule of the core alone. It has steps instead of time, so `untilMs` means nothing to it. */
export async function simulateSchedule({ seed }: RunOptions): Promise<Run> {
  try {
    return { coverage: playSchedule(seed, STEPS), simulatedMs: 0, violation: undefined, events: [] };
  } catch (error) {
    if (!(error instanceof ScheduleFailure)) throw error;
    const [what = '', ...events] = error.message.split('\n');
    const [property = '', ...rest] = what.split(' violated: ');
    const isNamed = rest.length > 0;
    const violation = new Violation(isNamed ? property : 'An invariant', isNamed ? rest.join(' violated: ') : what);
    return { coverage: NOTHING, simulatedMs: 0, violation, events };
  }
}
