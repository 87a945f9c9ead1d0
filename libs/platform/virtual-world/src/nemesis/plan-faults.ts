import { assert, type Clock, type Rng } from '@portolan/kernel';
import { seconds, type EventLog } from '../log/event-log.ts';
import { byMagnitude, FAULT_LIMITS, type FaultLimits, type FaultRow, type Range, type Strike } from './faults.ts';
import type { NemesisTarget } from './nemesis-target.ts';

/** In one plan: a run of hours with a fault each second. */
export const PLANNED_FAULTS_MAX = 10_000;

/** Of each kind both are drawn once for a plan, evenly by magnitude: a mean that its faults are drawn around. */
export interface FaultTiming {
  /** From the end of one to the beginning of the next. */
  readonly intervalMs: Range;
  /** Most last less than the mean, few up to four times as long: what lasts is noticed, and dealt with. */
  readonly lengthMs: Range;
}

export const FAULT_TIMING: FaultTiming = {
  intervalMs: { min: 1_000, max: 60_000 },
  lengthMs: { min: 100, max: 20_000 },
};

export interface PlannedFault<Target extends NemesisTarget = NemesisTarget> {
  /** A name in the plan's table. */
  readonly kind: string;
  /** From the beginning of the plan. */
  readonly startMs: number;
  readonly endMs: number;
  readonly strike: Strike<Target>;
}

export interface FaultPlan<Target extends NemesisTarget = NemesisTarget> {
  /** In the order of their starts. All have ended by `durationMs`. */
  readonly faults: readonly PlannedFault<Target>[];
  readonly durationMs: number;
  /** Which kinds this plan draws from. */
  readonly kinds: readonly string[];
}

export interface FaultPlanOptions<Target extends NemesisTarget = NemesisTarget> {
  readonly rng: Rng;
  /** Names, or what the target takes for one: where hosts come and go, roles that it fills when a fault begins. */
  readonly hosts: readonly string[];
  readonly durationMs: number;
  /** What can happen: `FAULTS`, some of its rows, others. */
  readonly table: Readonly<Record<string, FaultRow<Target>>>;
  /** Default: `FAULT_TIMING`. */
  readonly timing?: FaultTiming;
  /** Default: `FAULT_LIMITS`. */
  readonly limits?: FaultLimits;
}

/**
 * A random schedule of faults. Each plan enables about half of the kinds, each at a rate of its own (swarm testing, Groce
 * 2012): what every plan does a little of, none does enough of, and some faults hide what others would show.
 */
export function planFaults<Target extends NemesisTarget>(options: FaultPlanOptions<Target>): FaultPlan<Target> {
  const { rng, hosts, durationMs, table } = options;
  const rows = Object.entries(table);
  const [first] = rows;
  assert(hosts.length > 0 && first !== undefined, 'a plan needs hosts, and kinds of faults');
  const some = rows.filter(() => rng.below(2) === 0);
  const enabled = some.length > 0 ? some : [rows[rng.below(rows.length)] ?? first];
  const drawn = enabled.flatMap(([kind, row]) => drawKind(kind, row, options));
  const faults: PlannedFault<Target>[] = [];
  for (const fault of drawn.sort((one, other) => one.startMs - other.startMs)) {
    if (faults.length < PLANNED_FAULTS_MAX && !faults.some((before) => excludes(before, fault))) faults.push(fault);
  }
  return { faults, durationMs, kinds: enabled.map(([kind]) => kind) };
}

/**
 * Sets the plan going: from now on by `clock`, the world's. The log says what starts and ends.
 * @param targetFor asked when a fault starts; the same target ends it, and may remember what it did
 */
export function runFaults<Target extends NemesisTarget>(
  { faults }: FaultPlan<Target>,
  clock: Clock,
  targetFor: (fault: PlannedFault<Target>) => Target,
  log?: EventLog,
): void {
  for (const fault of faults) {
    const { startMs, endMs, strike } = fault;
    clock.after(startMs, () => {
      log?.note(`nemesis  ${strike.label}, for ${seconds(endMs - startMs)} s`);
      const target = targetFor(fault);
      strike.start(target);
      clock.after(endMs - startMs, () => {
        log?.note(`nemesis  ends: ${strike.label}`);
        strike.end(target);
      });
    });
  }
}

/** For a report: a line for each fault. */
export function describePlan<Target extends NemesisTarget>({ faults }: FaultPlan<Target>): readonly string[] {
  return faults.map(({ startMs, endMs, strike }) => `${seconds(startMs)}–${seconds(endMs)}  ${strike.label}`);
}

function drawKind<Target extends NemesisTarget>(
  kind: string,
  row: FaultRow<Target>,
  { rng, hosts, durationMs, timing = FAULT_TIMING, limits = FAULT_LIMITS }: FaultPlanOptions<Target>,
): PlannedFault<Target>[] {
  const intervalMs = byMagnitude(rng, timing.intervalMs);
  const lengthMs = byMagnitude(rng, timing.lengthMs);
  const faults: PlannedFault<Target>[] = [];
  // Twice a mean times a share of 1 has that mean; so has four times a mean times two of them.
  for (let at = 2 * intervalMs * rng.float(); at < durationMs && faults.length < PLANNED_FAULTS_MAX;) {
    const startMs = Math.round(at);
    const endMs = Math.min(durationMs, startMs + Math.round(4 * lengthMs * rng.float() * rng.float()));
    faults.push({ kind, startMs, endMs, strike: row.draw(rng, hosts, limits) });
    at = endMs + 2 * intervalMs * rng.float();
  }
  return faults;
}

function excludes<Target extends NemesisTarget>(before: PlannedFault<Target>, fault: PlannedFault<Target>): boolean {
  return before.endMs >= fault.startMs && before.strike.holds.some((held) => fault.strike.holds.includes(held));
}
