import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '../clock/virtual-clock.ts';
import { AT_ONCE } from '../delay.ts';
import { VirtualHost } from './virtual-host.ts';

interface Built {
  readonly world: VirtualClock;
  readonly host: VirtualHost;
  readonly seen: string[];
}

function built(seed = 1): Built {
  const world = new VirtualClock();
  const times = { operation: { minMs: 5, maxMs: 5, tailChance: 0, tailMaxMs: 0 }, sync: AT_ONCE };
  const host = new VirtualHost({ name: 'a', clock: world, rng: createSeededRng(seed), disk: { times } });
  return { world, host, seen: [] };
}

describe('VirtualHost', () => {
  it('fires no timer of a life that has ended, and sets none', async () => {
    const { world, host, seen } = built();
    const { clock } = host;
    clock.after(10, () => seen.push('before the crash'));
    host.crash();
    clock.after(10, () => seen.push('by a dead life'));
    expect(world.pending).toBe(0);
    host.restart();
    host.clock.after(10, () => seen.push('by the new life'));
    await world.advance(20);
    expect([seen, world.pending]).toEqual([['by the new life'], 0]);
  });

  it('completes nothing for a life that has ended: neither what was under way, nor what it asks for afterwards', async () => {
    const { world, host, seen } = built();
    const { disk } = host;
    void disk.open('/a', 'create').finally(() => seen.push('under way'));
    host.kill();
    void disk.list('/').finally(() => seen.push('afterwards'));
    host.restart();
    void host.disk.list('/').finally(() => seen.push('new life'));
    await world.advance(20);
    expect(seen).toEqual(['new life']);
  });

  it('starts each life with a monotonic clock at zero, and with the calendar of the host', async () => {
    const { world, host } = built();
    await world.advance(1_000);
    expect([host.clock.now(), host.life.number]).toEqual([1_000, 1]);
    host.crash();
    await world.advance(500);
    host.restart();
    await world.advance(1);
    expect([host.clock.now(), host.life.number]).toEqual([1, 2]);
    expect(host.clock.epoch()).toBe(world.epoch());
  });

  it('keeps what is due while it is paused, and does it all at once afterwards', async () => {
    const { world, host, seen } = built();
    host.clock.after(10, () => seen.push(`timer at ${host.clock.now()}`));
    void host.disk.list('/').then(() => seen.push(`disk at ${host.clock.now()}`));
    host.life.run(() => seen.push('call'));
    host.pause();
    host.life.run(() => seen.push(`call at ${host.clock.now()}`));
    await world.advance(100);
    expect([host.state, seen]).toEqual(['paused', ['call']]);
    host.resume();
    await world.advance(0);
    expect(seen.slice(1).sort()).toEqual(['call at 100', 'disk at 100', 'timer at 100']);
  });

  it('finds what has come in any order of its sources, each source in its own order', async () => {
    const orders = new Set<string>();
    for (let seed = 1; seed <= 30; seed += 1) {
      const { world, host, seen } = built(seed);
      void host.disk.list('/').then(() => seen.push('disk'));
      for (const at of [1, 9]) host.clock.after(at, () => seen.push(`timer${at}`));
      host.pause();
      await world.advance(10);
      host.resume();
      await world.advance(0);
      orders.add(seen.join(' '));
    }
    expect([...orders].sort()).toEqual(['disk timer1 timer9', 'timer1 disk timer9', 'timer1 timer9 disk']);
  });

  it('does not fire a timer that was due during the pause but is cancelled by what came before it', async () => {
    const { world, host, seen } = built();
    host.clock.after(1, () => {
      seen.push('first');
      second.cancel();
    });
    const second = host.clock.after(2, () => seen.push('second'));
    host.pause();
    await world.advance(10);
    host.resume();
    await world.advance(10);
    expect(seen).toEqual(['first']);
  });

  it('forgets what waits when it crashes while it is paused', async () => {
    const { world, host, seen } = built();
    host.clock.after(1, () => seen.push('never'));
    host.pause();
    await world.advance(10);
    host.crash();
    host.resume();
    host.restart();
    await world.advance(10);
    expect([host.state, seen]).toEqual(['running', []]);
  });

  it('measures time by its own rate: timers set before a change of it too', async () => {
    const { world, host, seen } = built();
    const note = (): number => seen.push(`${host.clock.now()} at ${world.now()}`);
    host.clock.after(100, note);
    await world.advance(50);
    host.setClockRate(2);
    await world.advance(50);
    host.clock.after(100, note);
    await world.advance(50);
    host.clock.after(100, note);
    host.setClockRate(0.5);
    await world.advance(200);
    expect(seen).toEqual(['100 at 75', '250 at 150', '350 at 350']);
  });

  it('never fires before a timer is due, nor turns back, at rates that do not divide evenly', async () => {
    const { world, host } = built();
    const rng = createSeededRng(3);
    let latest = 0;
    let fired = 0;
    const tick = (dueAt: number): void => {
      expect(host.clock.now()).toBeGreaterThanOrEqual(Math.max(dueAt, latest));
      latest = host.clock.now();
      fired += 1;
      const delay = rng.float() * 10;
      const next = host.clock.now() + delay;
      host.clock.after(delay, () => {
        tick(next);
      });
    };
    tick(0);
    for (let change = 0; change < 200; change += 1) {
      await world.advance(rng.float() * 20);
      host.setClockRate(0.9 + rng.float() / 5);
    }
    expect(fired).toBeGreaterThan(300);
  });

  it('jumps in the calendar without moving what measures durations', async () => {
    const { world, host } = built();
    await world.advance(100);
    host.jumpCalendar(-60_000);
    expect([host.clock.now(), world.epoch() - host.clock.epoch()]).toEqual([100, 60_000]);
  });
});
