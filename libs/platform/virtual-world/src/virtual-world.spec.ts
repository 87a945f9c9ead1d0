import type { VirtualHost } from './host/virtual-host.ts';
import { partition } from './network/cut.ts';
import { VirtualWorld } from './virtual-world.ts';

const HOSTS = ['a', 'b', 'c'];

/** A host that gossips by a random clock and keeps what it hears on its disk, whatever befalls it. */
function start(world: VirtualWorld<string>, host: VirtualHost): void {
  const { clock, disk, rng } = host.life;
  const endpoint = world.network.join(host.life, (from, message) => {
    void keep(`${from} ${message};`);
  });
  const keep = async (text: string): Promise<void> => {
    const file = await disk.open('/log', 'create').catch(() => disk.open('/log', 'read-write'));
    await file.write(await file.size(), [new TextEncoder().encode(text)]);
    if (rng.below(2) === 0) await file.syncData();
    await file.close();
    world.log.note(`${host.name}  keeps ${text}`);
  };
  const tick = (): void => {
    endpoint.send(HOSTS[rng.below(HOSTS.length)] ?? '', `${rng.below(1_000)}`);
    clock.after(rng.float() * 20, tick);
  };
  tick();
}

async function logOf(seed: number): Promise<readonly string[]> {
  const delay = { minMs: 0.1, maxMs: 5, tailChance: 0.05, tailMaxMs: 200 };
  const conditions = { delay, dropChance: 0.05, duplicateChance: 0.05, reorderChance: 0.1 };
  const world = new VirtualWorld<string>({ seed, network: { conditions }, eventsMax: 1_000_000 });
  for (const name of HOSTS) start(world, world.addHost(name));
  for (let round = 0; round < 20; round += 1) {
    const victim = world.hosts[world.rng.below(3)];
    if (victim === undefined) break;
    await world.clock.advance(50);
    const others = HOSTS.filter((name) => name !== victim.name);
    if (round % 3 === 0) world.network.cut(partition([[victim.name], others]));
    if (round % 3 === 1) victim.pause();
    await world.clock.advance(50);
    world.network.healAll();
    victim.resume();
    if (round % 3 !== 2) continue;
    victim.crash();
    world.log.note(`${victim.name}  has ${victim.drive.usedBytes} bytes left`);
    victim.restart();
    start(world, victim);
  }
  return world.log.lines();
}

describe('VirtualWorld', () => {
  it('gives the same log for the same seed, byte for byte, and another for another', async () => {
    const [first, second, other] = [await logOf(1), await logOf(1), await logOf(2)];
    expect(first.length).toBeGreaterThan(1_000);
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });
});
