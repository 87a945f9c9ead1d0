import { STAGES } from './plan.ts';

export interface DrainShares {
  /** Until the processes of a stage are killed. */
  readonly stageMs: number;
  /** What each process is told, so that it ends by itself before. */
  readonly processMs: number;
}

/** Divides the drain deadline among the stages, which end one after the other, with one share to spare. */
export function drainShares(drainDeadlineMs: number): DrainShares {
  const stageMs = Math.floor(drainDeadlineMs / (STAGES + 1));
  return { stageMs, processMs: Math.floor(stageMs * 0.8) };
}
