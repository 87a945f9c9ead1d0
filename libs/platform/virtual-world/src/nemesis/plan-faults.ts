import { assert, type Clock, type Rng } from '@portolan/kernel';
import { seconds, type EventLog } from '../log/event-log.ts';
import { FAULT_KINDS, FAULTS, type FaultKind, type Strike } from './faults.ts';
import type { NemesisTarget } from './nemesis-target.ts';

/** In one plan: a run of hours with a fault each second. */
export const PLANNED_FAULTS_MAX = 10_000;

/** Of one kind, the time between two and how long each lasts are drawn once for a plan, evenly by magnitude, between these. */
const INTERVAL_MS = { min: 1_000, max: 60_000 };
const LENGTH_MS = { min: 100, max: 20_000 };

export interface PlannedFault {
  readonly kind: FaultKind;
  /** From the beginning of the plan. */
  readonly startMs: number;
  readonly endMs: number;
  readonly strike: Strike;
}

export interface FaultPlan {
  /** In the order of their starts. All have ended by `durationMs`. */
  readonly faults: readonly PlannedFault[];
  readonly durationMs: number;
  /** Which kinds this plan draws from. */
  readonly kinds: readonly FaultKind[];
}

export interface FaultPlanOptions {
  readonly rng: Rng;
  readonly hosts: readonly string[];
  readonly durationMs: number;
  /** Default: every kind. */
  readonly kinds?: readonly FaultKind[];
}

/**
 * A random schedule of faults. Each plan enables about half of the kinds, each at a rate of its own (swarm testing, Groce
 * 2012): what every plan does a little of, none does enough of, and some faults hide what others would show.
 */
export function planFaults({ rng, hosts, durationMs, kinds = FAULT_KINDS }: FaultPlanOptions): FaultPlan {
  assert(hosts.length > 0 && kinds.length > 0, 'a plan needs hosts, and kinds of faults');
  const some = kinds.filter(() => rng.below(2) === 0);
  const enabled = some.length > 0 ? some : [kinds[rng.below(kinds.length)] ?? 'partition'];
  const drawn = enabled.flatMap((kind) => drawKind(kind, rng, hosts, durationMs));
  const faults: PlannedFault[] = [];
  for (const fault of drawn.sort((one, other) => one.startMs - other.startMs)) {
    if (faults.length < PLANNED_FAULTS_MAX && !faults.some((before) => excludes(before, fault))) faults.push(fault);
  }
  return { faults, durationMs, kinds: enabled };
}

/** Sets the plan going: from now on by `clock`, the world's. The log says what starts and ends. */
export function runFaults(plan: FaultPlan, clock: Clock, target: NemesisTarget, log?: EventLog): void {
  for (const { startMs, endMs, strike } of plan.faults) {
    clock.after(startMs, () => {
      log?.note(`nemesis  ${strike.label}, for ${seconds(endMs - startMs)} s`);
      strike.start(target);
    });
    clock.after(endMs, () => {
      log?.note(`nemesis  ends: ${strike.label}`);
      strike.end(target);
    });
  }
}

/** For a report: a line for each fault. */
export function describePlan({ faults }: FaultPlan): readonly string[] {
  return faults.map(({ startMs, endMs, strike }) => `${seconds(startMs)}–${seconds(endMs)}  ${strike.label}`);
}

function drawKind(kind: FaultKind, rng: Rng, hosts: readonly string[], durationMs: number): PlannedFault[] {
  const intervalMs = byMagnitude(rng, INTERVAL_MS);
  const lengthMs = byMagnitude(rng, LENGTH_MS);
  const faults: PlannedFault[] = [];
  // Twice a mean times a share of 1 has that mean.
  for (let at = 2 * intervalMs * rng.float(); at < durationMs && faults.length < PLANNED_FAULTS_MAX;) {
    const startMs = Math.round(at);
    const endMs = Math.min(durationMs, startMs + Math.round(2 * lengthMs * rng.float()));
    faults.push({ kind, startMs, endMs, strike: FAULTS[kind].draw(rng, hosts) });
    at = endMs + 2 * intervalMs * rng.float();
  }
  return faults;
}

function excludes(before: PlannedFault, fault: PlannedFault): boolean {
  return before.endMs >= fault.startMs && before.strike.holds.some((held) => fault.strike.holds.includes(held));
}

function byMagnitude(rng: Rng, { min, max }: { readonly min: number; readonly max: number }): number {
  return min * (max / min) ** rng.float();
}
