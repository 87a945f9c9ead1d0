import { createSeededRng } from '@portolan/kernel';
import { HEALTHY } from '../disk/disk-faults.ts';
import { VirtualWorld } from '../virtual-world.ts';
import { FAULT_KINDS, FAULT_LIMITS, FAULTS, type FaultRow } from './faults.ts';
import { worldTarget, type NemesisTarget } from './nemesis-target.ts';
import { describePlan, planFaults, runFaults, type FaultPlan, type FaultPlanOptions } from './plan-faults.ts';

const HOSTS = ['a', 'b', 'c', 'd', 'e'];
const HOUR_MS = 3_600_000;

type Given = Partial<FaultPlanOptions>;

const plan = (seed: number, given: Given = {}): FaultPlan =>
  planFaults({ rng: createSeededRng(seed), hosts: HOSTS, durationMs: 600_000, table: FAULTS, ...given });

const plans = Array.from({ length: 100 }, (_, index) => plan(index + 1));

describe('planFaults', () => {
  it('plans the same for the same seed, and another for another', () => {
    expect(describePlan(plan(1))).toEqual(describePlan(plan(1)));
    expect(describePlan(plan(1))).not.toEqual(describePlan(plan(2)));
  });

  it('enables some kinds in each plan, and every kind in some', () => {
    const sizes = plans.map(({ kinds }) => kinds.length);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...sizes)).toBeLessThan(FAULT_KINDS.length);
    expect(new Set(plans.flatMap(({ faults }) => faults.map(({ kind }) => kind)))).toEqual(new Set(FAULT_KINDS));
    expect(plans.every(({ kinds, faults }) => faults.every(({ kind }) => kinds.includes(kind)))).toBe(true);
  });

  it('draws only from the kinds it is given', () => {
    const { kinds, faults } = plan(1, { durationMs: HOUR_MS, table: { pause: FAULTS.pause } });
    expect(kinds).toEqual(['pause']);
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['pause']));
  });

  it('draws intervals and lengths around what it is given, most of them short', () => {
    const timing = { intervalMs: { min: 300, max: 300 }, lengthMs: { min: 1_000, max: 1_000 } };
    const { faults } = plan(1, { durationMs: HOUR_MS, table: { pause: FAULTS.pause }, timing });
    const lengths = faults.map(({ startMs, endMs }) => endMs - startMs);
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    expect(HOUR_MS / faults.length).toBeCloseTo(1_300, -2);
    expect(mean).toBeCloseTo(1_000, -2);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(4_000);
    expect(lengths.filter((length) => length < 1_000).length / lengths.length).toBeCloseTo(0.6, 1);
  });

  it('makes no disk slower and no clock worse than it may', () => {
    const limits = { slowness: { min: 2, max: 20 }, clockDriftMax: 0.5 };
    const table = { 'slow-disk': FAULTS['slow-disk'], 'clock-drift': FAULTS['clock-drift'] };
    const labels = plan(1, { durationMs: HOUR_MS, table, limits }).faults.map(({ strike }) => strike.label);
    const numbers = (of: RegExp): number[] => labels.flatMap((label) => of.exec(label)?.slice(1).map(Number) ?? []);
    const [slowness, rates] = [numbers(/slowness (.*)/), numbers(/clock of . at (.*)/)];
    expect(slowness.every((times) => times >= 2 && times <= 20)).toBe(true);
    expect(rates.every((rate) => rate >= 0.5 && rate <= 1.5)).toBe(true);
    expect(slowness.length + rates.length).toBe(labels.length);
    expect(Math.max(...slowness, ...rates.map((rate) => Math.abs(rate - 1)))).toBeGreaterThan(
      FAULT_LIMITS.clockDriftMax,
    );
  });

  it('ends everything in time, and never holds one thing twice', () => {
    const wrong: string[] = [];
    for (const { faults, durationMs } of plans) {
      const heldUntil = new Map<string, number>();
      for (const { startMs, endMs, strike } of faults) {
        if (endMs < startMs || endMs > durationMs) wrong.push(`${strike.label} lasts from ${startMs} to ${endMs}`);
        for (const held of strike.holds) {
          if ((heldUntil.get(held) ?? -1) >= startMs) wrong.push(`${strike.label} comes while ${held} is held`);
          heldUntil.set(held, endMs);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('cuts hosts into groups that are never empty', () => {
    const rng = createSeededRng(5);
    const labels = new Set(Array.from({ length: 300 }, () => FAULTS.partition.draw(rng, HOSTS).label));
    for (const label of labels) {
      const groups = [...label.matchAll(/\{(.*?)\}/g)].map(([, hosts = '']) => hosts.split(' '));
      expect(groups.flat().sort()).toEqual(HOSTS);
      expect(groups.length).toBeGreaterThanOrEqual(2);
    }
    expect(labels.size).toBeGreaterThan(20);
  });
});

interface Running {
  readonly world: VirtualWorld<string>;
  /** Who has heard from whom in the last second. */
  readonly heard: Set<string>;
  readonly target: NemesisTarget;
}

/** Five hosts that greet each other ten times a second and write each greeting to disk. */
function running(seed: number): Running {
  const world = new VirtualWorld<string>({ seed, eventsMax: 1_000_000 });
  const heard = new Set<string>();
  const start = (name: string): void => {
    const { life } = world.host(name);
    const endpoint = world.network.join(life, (from) => heard.add(`${from}${name}`));
    const write = async (): Promise<void> => {
      const file = await life.disk.open('/log', 'create').catch(() => life.disk.open('/log', 'read-write'));
      await file.write(await file.size(), [new Uint8Array(10)]).then(() => file.syncData());
      heard.add(`${name} disk`);
    };
    const tick = (): void => {
      for (const other of HOSTS) endpoint.send(other, 'hello');
      void write().catch(() => heard.add(`${name} disk error`));
      life.clock.after(100, tick);
    };
    tick();
  };
  for (const name of HOSTS) world.addHost(name);
  for (const name of HOSTS) start(name);
  const target = worldTarget(world, {
    restart: (host) => {
      host.restart();
      start(host.name);
    },
  });
  return { world, heard, target };
}

async function heardIn({ world, heard }: Running, ms: number): Promise<readonly string[]> {
  heard.clear();
  await world.clock.advance(ms);
  return [...heard].sort();
}

/** Everybody hears everybody, themselves included, and every disk works. */
const ALL_WELL = [
  ...HOSTS.flatMap((from) => HOSTS.map((to) => `${from}${to}`)),
  ...HOSTS.map((name) => `${name} disk`),
].sort();

/** Rates are not exact in binary. */
const closeTo = (ms: number): unknown => expect.closeTo(ms, 3);

describe.each(FAULT_KINDS)('the fault %s', (kind) => {
  it('can be seen while it lasts, unless it only slows things down, and leaves nothing behind', async () => {
    const one = running(11);
    await one.world.clock.advance(1_000);
    expect(await heardIn(one, 1_000)).toEqual(ALL_WELL);
    const strike = FAULTS[kind].draw(one.world.rng, HOSTS);
    strike.start(one.target);
    await one.world.clock.advance(1_000);
    const during = await heardIn(one, 1_000);
    const isSubtle = ['slow-disk', 'bad-links', 'clock-drift', 'calendar-jump'].includes(kind);
    expect(during.join() === ALL_WELL.join()).toBe(isSubtle);
    strike.end(one.target);
    await one.world.clock.advance(30_000);
    const before = one.world.hosts.map(({ clock }) => clock.now() + 1_000);
    expect(await heardIn(one, 1_000)).toEqual(ALL_WELL);
    expect(one.world.hosts.map(({ clock }) => clock.now())).toEqual(before.map((ms) => closeTo(ms)));
    const drifted = kind === 'clock-drift' ? 1_000 : 0;
    for (const { clock } of one.world.hosts) {
      expect(Math.abs(clock.epoch() - one.world.clock.epoch())).toBeLessThanOrEqual(drifted);
    }
    expect(one.world.hosts.map(({ state }) => state)).toEqual(HOSTS.map(() => 'running'));
    expect(one.world.hosts.map(({ drive }) => drive.faults)).toEqual(HOSTS.map(() => HEALTHY));
  });
});

describe('runFaults', () => {
  it.each([1, 2, 3, 4, 5])('plays a plan, says so in the log, and leaves the world well, seed %i', async (seed) => {
    const one = running(seed);
    const { clock, log, rng } = one.world;
    const plan = planFaults({ rng, hosts: HOSTS, durationMs: 60_000, table: FAULTS });
    runFaults(plan, clock, () => one.target, log);
    await clock.advance(90_000);
    expect(await heardIn(one, 1_000)).toEqual(ALL_WELL);
    const noted = log.lines().filter((line) => line.includes('nemesis'));
    expect(noted).toHaveLength(2 * plan.faults.length);
    expect(plan.faults.every(({ strike }) => noted.some((line) => line.includes(strike.label)))).toBe(true);
  });

  it('plays rows that a system adds, and ends each at the target that started it', async () => {
    interface Burning extends NemesisTarget {
      burn(isBurning: boolean): void;
    }
    const fire: FaultRow<Burning> = {
      summary: 'fire',
      draw: () => ({
        label: 'fire',
        holds: [],
        start: (target) => {
          target.burn(true);
        },
        end: (target) => {
          target.burn(false);
        },
      }),
    };
    const world = new VirtualWorld<string>({ seed: 1 });
    const target = worldTarget(world, { restart: (host) => host.restart() });
    const plan = planFaults({ rng: world.rng, hosts: HOSTS, durationMs: 600_000, table: { fire } });
    const burnt: string[] = [];
    let targets = 0;
    runFaults(plan, world.clock, () => {
      targets += 1;
      const number = targets;
      return { ...target, burn: (isBurning) => burnt.push(`${number} ${isBurning ? 'burns' : 'is out'}`) };
    });
    await world.clock.advance(600_000);
    expect(plan.faults.length).toBeGreaterThan(0);
    expect(burnt).toEqual(plan.faults.flatMap((_, index) => [`${index + 1} burns`, `${index + 1} is out`]));
  });
});
