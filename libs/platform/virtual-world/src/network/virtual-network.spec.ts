import { VirtualWorld } from '../virtual-world.ts';
import { blackHole, cutLinks, partition, type Cut } from './cut.ts';
import { LAN, type LinkConditions } from './link-conditions.ts';
import type { Endpoint, VirtualNetworkOptions } from './virtual-network.ts';

interface Built {
  readonly world: VirtualWorld<string>;
  readonly received: string[];
  readonly send: (from: string, to: string, message: string) => void;
}

type NetworkOptions = Omit<VirtualNetworkOptions<string>, 'clock' | 'rng' | 'log'>;

/** Three hosts, each noting what it receives. */
function built(network: NetworkOptions = {}, seed = 7): Built {
  const world = new VirtualWorld<string>({ seed, network });
  const received: string[] = [];
  const endpoints = new Map<string, Endpoint<string>>();
  for (const name of ['a', 'b', 'c']) {
    const { life } = world.addHost(name);
    endpoints.set(
      name,
      world.network.join(life, (from, message) => received.push(`${from} → ${name} ${message}`)),
    );
  }
  return { world, received, send: (from, to, message) => endpoints.get(from)?.send(to, message) };
}

const conditions = (changed: Partial<LinkConditions>): LinkConditions => ({ ...LAN, ...changed });

describe('VirtualNetwork', () => {
  it('delivers in order, later, and tells the receiver who sent', async () => {
    const { world, received, send } = built();
    for (const message of ['1', '2', '3']) send('a', 'b', message);
    expect(received).toEqual([]);
    await world.clock.advance(1);
    expect(received).toEqual(['a → b 1', 'a → b 2', 'a → b 3']);
    expect(world.network.counts).toEqual({ sent: 3, delivered: 3 });
  });

  it.each([
    ['a drop', conditions({ dropChance: 0.5 }), (count: number) => count > 400 && count < 600],
    ['a duplicate', conditions({ duplicateChance: 0.5 }), (count: number) => count > 1_400 && count < 1_600],
  ])('makes %s as often as it is told', async (_fault, faulty, isExpected) => {
    const { world, received, send } = built({ conditions: faulty });
    for (let index = 0; index < 1_000; index += 1) send('a', 'b', `${index}`);
    await world.clock.advance(10);
    expect(isExpected(received.length)).toBe(true);
  });

  it('keeps order at any delay, and breaks it as often as it is told', async () => {
    const spread = { minMs: 0, maxMs: 100, tailChance: 0.1, tailMaxMs: 1_000 };
    const overtakings = async (reorderChance: number): Promise<number> => {
      const { world, received, send } = built({ conditions: conditions({ delay: spread, reorderChance }) });
      for (let index = 0; index < 1_000; index += 1) {
        send('a', 'b', `${index}`);
        await world.clock.advance(0.7);
      }
      await world.clock.advance(2_000);
      const order = received.map((line) => Number(line.split(' ').at(-1)));
      expect(order).toHaveLength(1_000);
      return order.filter((value, index) => value < (order[index - 1] ?? 0)).length;
    };
    expect(await overtakings(0)).toBe(0);
    expect(await overtakings(0.3)).toBeGreaterThan(50);
  });

  it('keeps order where a sum of times is rounded', async () => {
    const after = (ms: number): LinkConditions => conditions({ delay: { ...LAN.delay, minMs: ms, maxMs: ms } });
    expect(0.003 + (0.013 - 0.003)).toBeLessThan(0.013);
    const { world, received, send } = built({ conditions: after(0.013) });
    send('a', 'b', '1');
    await world.clock.advance(0.003);
    world.network.setConditions(after(0));
    send('a', 'b', '2');
    await world.clock.advance(1);
    expect(received).toEqual(['a → b 1', 'a → b 2']);
  });

  it.each<[string, Cut, readonly string[]]>([
    ['a partition', partition([['a'], ['b', 'c']]), ['b → c', 'c → b']],
    ['a partition that leaves a host out', partition([['a'], ['b']]), ['a → c', 'b → c', 'c → a', 'c → b']],
    ['one direction', cutLinks([['a', 'b']]), ['a → c', 'b → a', 'b → c', 'c → a', 'c → b']],
    ['a black hole in', blackHole('a', 'in'), ['a → b', 'a → c', 'b → c', 'c → b']],
    ['a black hole out', blackHole('a', 'out'), ['b → a', 'b → c', 'c → a', 'c → b']],
    ['a black hole', blackHole('a', 'both'), ['b → c', 'c → b']],
  ])('%s lets pass what it does not cut, and everything once healed', async (_name, cut, expected) => {
    const { world, received, send } = built();
    const everywhere = async (): Promise<string[]> => {
      received.length = 0;
      for (const from of ['a', 'b', 'c']) for (const to of ['a', 'b', 'c']) if (from !== to) send(from, to, '');
      await world.clock.advance(10);
      return received.map((line) => line.trim()).sort();
    };
    world.network.cut(cut);
    expect(await everywhere()).toEqual(expected);
    world.network.heal(cut);
    expect(await everywhere()).toHaveLength(6);
  });

  it('heals one of two cuts without the other', async () => {
    const { world, received, send } = built();
    const cut = world.network.cut(partition([['a'], ['b', 'c']]));
    world.network.cut(blackHole('b', 'in'));
    world.network.heal(cut);
    send('a', 'b', '1');
    send('a', 'c', '2');
    await world.clock.advance(10);
    expect(received).toEqual(['a → c 2']);
  });

  it('loses what is on its way when a link is cut', async () => {
    const { world, received, send } = built();
    send('a', 'b', '1');
    world.network.healAll();
    world.network.cut(partition([['a'], ['b', 'c']]));
    await world.clock.advance(10);
    expect(received).toEqual([]);
  });

  it('lets one link be worse than the others', async () => {
    const { world, received, send } = built();
    world.network.setLinkConditions('a', 'b', conditions({ dropChance: 1 }));
    for (const to of ['b', 'c']) send('a', to, '1');
    world.network.setLinkConditions('a', 'b', undefined);
    send('a', 'b', '2');
    await world.clock.advance(10);
    expect(received.sort()).toEqual(['a → b 2', 'a → c 1']);
  });

  it('delivers nothing to a crashed host, and nothing from one that its life has not sent', async () => {
    const { world, received, send } = built();
    send('a', 'b', 'on its way');
    world.host('a').crash();
    send('a', 'b', 'by the dead');
    send('b', 'a', 'to the dead');
    await world.clock.advance(10);
    expect(received).toEqual(['a → b on its way']);
  });

  it.each([
    ['connection', ['c → a new']],
    ['datagram', ['b → a old', 'c → a new']],
  ] as const)('over a %s, a new life receives %j', async (transport, expected) => {
    const { world, received, send } = built({ transport });
    send('b', 'a', 'old');
    world.host('a').crash();
    world.network.join(world.host('a').restart(), (from, message) => received.push(`${from} → a ${message}`));
    await world.clock.advance(10);
    send('c', 'a', 'new');
    await world.clock.advance(10);
    expect(received).toEqual(expected);
  });

  it('delivers to a paused host once it goes on', async () => {
    const { world, received, send } = built();
    world.host('b').pause();
    send('a', 'b', '1');
    send('c', 'b', '2');
    await world.clock.advance(10);
    expect(received).toEqual([]);
    world.host('b').resume();
    await world.clock.advance(0);
    expect(received.sort()).toEqual(['a → b 1', 'c → b 2']);
  });

  it('hands over a copy, made when it is sent', async () => {
    const world = new VirtualWorld<{ entries: number[] }>({ seed: 1, network: { copy: structuredClone } });
    const [a, b] = [world.addHost('a'), world.addHost('b')];
    const received: number[][] = [];
    world.network.join(b.life, (_from, { entries }) => received.push(entries));
    const entries = [1];
    world.network.join(a.life, () => undefined).send('b', { entries });
    entries.push(2);
    await world.clock.advance(10);
    expect(received).toEqual([[1]]);
  });

  it('says of each message what became of it', async () => {
    const { world, send } = built({ conditions: conditions({ delay: { ...LAN.delay, minMs: 3, maxMs: 3 } }) });
    send('a', 'b', 'ping');
    await world.clock.advance(10);
    world.network.cut(partition([['a'], ['b', 'c']]));
    send('a', 'b', 'ping');
    world.host('c').crash();
    send('b', 'c', 'ping');
    await world.clock.advance(10);
    expect(world.log.lines()).toEqual([
      '0.000  a → b  ping  sent',
      '0.003  a → b  ping  delivered',
      '0.010  partition {a} {b c}',
      '0.010  a → b  ping  dropped by partition {a} {b c}',
      '0.010  c  power lost, 0 un-synced sectors and names kept, 0 lost',
      '0.010  b → c  ping  sent',
      '0.013  b → c  ping  dropped: c is down',
    ]);
  });
});
