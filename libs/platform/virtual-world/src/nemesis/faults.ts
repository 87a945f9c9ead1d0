import { assert, type Rng } from '@portolan/kernel';
import { HEALTHY } from '../disk/disk-faults.ts';
import { blackHole, cutLinks, partition, type Cut } from '../network/cut.ts';
import type { NemesisTarget } from './nemesis-target.ts';

/** One fault, drawn: what it will do, and how that is undone. */
export interface Strike<Target extends NemesisTarget = NemesisTarget> {
  /** As the log says it: `crash n1`. */
  readonly label: string;
  /** While it lasts nothing else holds any of these: two faults that would undo each other. */
  readonly holds: readonly string[];
  start(target: Target): void;
  end(target: Target): void;
}

/** One kind. A system with faults of its own adds rows whose target can do more. */
export interface FaultRow<Target extends NemesisTarget = NemesisTarget> {
  readonly summary: string;
  /** @param limits default: `FAULT_LIMITS` */
  draw(rng: Rng, hosts: readonly string[], limits?: FaultLimits): Strike<Target>;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** How bad a fault may be. */
export interface FaultLimits {
  /** Of a slow disk, drawn evenly by magnitude. An operation begun on it takes as long even when the fault is over. */
  readonly slowness: Range;
  /** What the rate of a clock may be off, as a share. */
  readonly clockDriftMax: number;
}

/** A bad oscillator drifts 0.02 %, a virtual machine that is being moved far more. */
export const CLOCK_DRIFT_MAX = 0.02;

export const FAULT_LIMITS: FaultLimits = { slowness: { min: 10, max: 1_000 }, clockDriftMax: CLOCK_DRIFT_MAX };

const CALENDAR_JUMP_MAX_MS = 3_600_000;

/** Every kind of fault: one row each. */
export const FAULTS = {
  partition: {
    summary: 'the hosts fall into two groups, or three, that hear nothing of each other',
    draw: (rng, hosts) => cutting(partition(groupsOf(rng, hosts))),
  },
  'one-way': {
    summary: 'some hosts are heard by the others, and hear nothing of them',
    draw: (rng, hosts) => {
      const [deaf = [], others = []] = groupsOf(rng, hosts);
      return cutting(cutLinks(deaf.flatMap((to) => others.map((from) => [from, to] as const))));
    },
  },
  'black-hole': {
    summary: 'nothing reaches one host, or leaves it, or both',
    draw: (rng, hosts) => cutting(blackHole(one(rng, hosts), one<'in' | 'out' | 'both'>(rng, ['in', 'out', 'both']))),
  },
  'bad-links': {
    summary: 'messages are lost, delayed, doubled and overtaken, all or some of it',
    draw: badLinks,
  },
  crash: {
    summary: 'power of one host fails',
    draw: (rng, hosts) => crashing('power', [one(rng, hosts)]),
  },
  kill: {
    summary: 'the process on one host is killed',
    draw: (rng, hosts) => crashing('process', [one(rng, hosts)]),
  },
  'crash-all': {
    summary: 'power of all hosts fails at once',
    draw: (_rng, hosts) => crashing('power', hosts),
  },
  pause: {
    summary: 'the process on one host is stopped, and goes on later as if nothing had been',
    draw: (rng, hosts) => {
      const host = one(rng, hosts);
      return {
        label: `pause ${host}`,
        holds: [`life of ${host}`],
        start: (target) => {
          target.pause(host);
        },
        end: (target) => {
          target.resume(host);
        },
      };
    },
  },
  'slow-disk': {
    summary: 'everything on a disk takes 10 to 1000 times as long, or as the limits say',
    draw: (rng, hosts, limits = FAULT_LIMITS) => {
      const slowness = Math.round(byMagnitude(rng, limits.slowness));
      return diskFault(one(rng, hosts), 'slowness', slowness);
    },
  },
  'hung-disk': {
    summary: 'nothing on a disk completes',
    draw: (rng, hosts) => diskFault(one(rng, hosts), 'isHung', true),
  },
  'failing-syncs': {
    summary: 'some syncs of a disk fail, and lose what they should have kept',
    draw: (rng, hosts) => diskFault(one(rng, hosts), 'syncFailureChance', rounded(0.05 + rng.float() / 2)),
  },
  'full-disk': {
    summary: 'a disk takes no more bytes than it has',
    draw: (rng, hosts) => {
      const host = one(rng, hosts);
      return {
        label: `full disk on ${host}`,
        holds: [`capacityBytes of ${host}`],
        start: (target) => {
          target.fillDisk(host);
        },
        end: (target) => {
          target.setDiskFaults(host, { capacityBytes: HEALTHY.capacityBytes });
        },
      };
    },
  },
  'clock-drift': {
    summary: 'the clock of one host runs fast or slow',
    draw: (rng, hosts, limits = FAULT_LIMITS) => {
      const host = one(rng, hosts);
      const rate = rounded(1 + limits.clockDriftMax * (2 * rng.float() - 1));
      return {
        label: `clock of ${host} at ${rate}`,
        holds: [`clock of ${host}`],
        start: (target) => {
          target.setClockRate(host, rate);
        },
        end: (target) => {
          target.setClockRate(host, 1);
        },
      };
    },
  },
  'calendar-jump': {
    summary: 'the calendar of one host is set wrong, then right again',
    draw: (rng, hosts) => {
      const host = one(rng, hosts);
      const byMs = Math.round(CALENDAR_JUMP_MAX_MS * (2 * rng.float() - 1));
      return {
        label: `calendar of ${host} off by ${byMs} ms`,
        holds: [`calendar of ${host}`],
        start: (target) => {
          target.jumpCalendar(host, byMs);
        },
        end: (target) => {
          target.jumpCalendar(host, -byMs);
        },
      };
    },
  },
} as const satisfies Record<string, FaultRow>;

export type FaultKind = keyof typeof FAULTS;

export const FAULT_KINDS: readonly FaultKind[] = Object.keys(FAULTS).filter(isFaultKind);

function isFaultKind(name: string): name is FaultKind {
  return name in FAULTS;
}

function cutting(cut: Cut): Strike {
  return {
    label: cut.label,
    holds: [],
    start: (target) => {
      target.cut(cut);
    },
    end: (target) => {
      target.heal(cut);
    },
  };
}

function crashing(what: 'power' | 'process', hosts: readonly string[]): Strike {
  return {
    label: `${what === 'power' ? 'crash' : 'kill'} ${hosts.join(' ')}`,
    holds: hosts.map((host) => `life of ${host}`),
    start: (target) => {
      for (const host of hosts) target.crash(host, what);
    },
    end: (target) => {
      for (const host of hosts) target.restart(host);
    },
  };
}

function diskFault<Name extends 'slowness' | 'isHung' | 'syncFailureChance'>(
  host: string,
  name: Name,
  value: (typeof HEALTHY)[Name],
): Strike {
  return {
    label: `disk of ${host}: ${name} ${String(value)}`,
    holds: [`${name} of ${host}`],
    start: (target) => {
      target.setDiskFaults(host, { [name]: value });
    },
    end: (target) => {
      target.setDiskFaults(host, { [name]: HEALTHY[name] });
    },
  };
}

function badLinks(rng: Rng): Strike {
  const some = (most: number): number => (rng.below(2) === 0 ? 0 : rounded(rng.float() * most));
  const maxMs = rounded(10 ** (3 * rng.float()));
  const conditions = {
    delay: { minMs: 0.1, maxMs, tailChance: some(0.1), tailMaxMs: 10 * maxMs },
    dropChance: some(0.3),
    duplicateChance: some(0.2),
    reorderChance: some(0.5),
  };
  const { dropChance, duplicateChance, reorderChance } = conditions;
  return {
    label: `bad links: drop ${dropChance} duplicate ${duplicateChance} reorder ${reorderChance} delay to ${maxMs} ms`,
    holds: ['conditions of links'],
    start: (target) => {
      target.setConditions(conditions);
    },
    end: (target) => {
      target.setConditions(undefined);
    },
  };
}

/** Two groups, now and then three, none of them empty; in random order. */
function groupsOf(rng: Rng, hosts: readonly string[]): string[][] {
  const shuffled = shuffle(rng, hosts);
  const count = Math.min(shuffled.length, rng.below(4) === 0 ? 3 : 2);
  const groups = shuffled.slice(0, count).map((host) => [host]);
  for (const host of shuffled.slice(count)) groups[rng.below(count)]?.push(host);
  return groups.map((group) => group.sort());
}

function shuffle<Item>(rng: Rng, items: readonly Item[]): Item[] {
  const left = [...items];
  return items.flatMap(() => left.splice(rng.below(left.length), 1));
}

function one<Item>(rng: Rng, items: readonly Item[]): Item {
  const item = items[rng.below(items.length)];
  assert(item !== undefined, 'there is nothing to choose from');
  return item;
}

/** As likely between 1 and 10 as between 10 and 100. */
export function byMagnitude(rng: Rng, { min, max }: Range): number {
  return min * (max / min) ** rng.float();
}

/** Three digits are enough for a rate, and can be read. */
function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
