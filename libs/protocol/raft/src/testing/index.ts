export { Violation } from './safety/violation.ts';
export { playSchedule, ScheduleFailure } from './schedule/schedule.ts';
