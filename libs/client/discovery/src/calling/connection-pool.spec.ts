import { VirtualClock } from '@portolan/virtual-world';
import type { Endpoint } from '@portolan/balancing';
import { createSeededRng } from '@portolan/kernel';
import type { EndpointSet } from '../discovery.ts';
import { KnownEndpoints } from '../known/known-endpoints.ts';
import { KnownItems } from '../known/known-items.ts';
import { whichEndpoints } from '../known/questions.ts';
import { createConnectionPool, type ConnectionPool } from './connection-pool.ts';
import { createEndpointSet } from './endpoint-set.ts';
import { endpointAt } from './testing/fleet.ts';

interface Open {
  readonly pool: ConnectionPool;
  readonly clock: VirtualClock;
}

function open(connectionsMax?: number): Open {
  const clock = new VirtualClock();
  const pool = createConnectionPool({
    clock,
    principal: { kind: 'service', name: 'test' },
    ...(connectionsMax !== undefined && { connectionsMax }),
  });
  return { pool, clock };
}

interface Listed {
  readonly set: EndpointSet & Disposable;
  readonly list: (...addresses: readonly string[]) => void;
}

function listed(clock: VirtualClock): Listed {
  const items = new KnownItems<Endpoint>(whichEndpoints({ service: 'echo' }).kind, clock);
  const set = createEndpointSet(new KnownEndpoints(items), { strategy: 'round-robin', rng: createSeededRng(1), clock });
  let revision = 0;
  return {
    set,
    list: (...addresses) => {
      const endpoints = addresses.map((address) => endpointAt(address, address));
      items.accept({ items: endpoints, revision: (revision += 1), incarnation: 'a' });
    },
  };
}

const failure = (fields: object): Error => expect.objectContaining(fields) as Error;
const use = (pool: ConnectionPool, address: string): void => {
  pool.release(pool.acquire(address));
};

describe('a connection', () => {
  it('is one for all calls to an address, and kept idle while the address is listed', () => {
    const { pool, clock } = open();
    const { set, list } = listed(clock);
    pool.follow(set);
    list('a:1', 'b:1');
    const first = pool.acquire('a:1');
    expect(pool.acquire('a:1')).toBe(first);
    pool.release(first);
    pool.release(first);
    expect(pool.acquire('a:1')).toBe(first);
    expect(pool.size).toBe(1);
  });

  it('is closed when its endpoint has left and its last call has ended', () => {
    const { pool, clock } = open();
    const { set, list } = listed(clock);
    pool.follow(set);
    list('a:1', 'b:1');
    use(pool, 'a:1');
    const busy = pool.acquire('b:1');
    list('c:1');
    expect(pool.size).toBe(1);
    expect(pool.acquire('b:1')).toBe(busy);
    pool.release(busy);
    pool.release(busy);
    expect(pool.size).toBe(0);
  });

  it('is kept while any set lists it', () => {
    const { pool, clock } = open();
    const [one, other] = [listed(clock), listed(clock)];
    const uses = [one.set, one.set, other.set].map((set) => pool.follow(set));
    one.list('a:1');
    other.list('a:1', 'b:1');
    use(pool, 'a:1');
    one.list();
    expect(pool.size).toBe(1);
    one.list('a:1');
    other.list();
    expect(pool.size).toBe(1);
    uses[0]?.[Symbol.dispose]();
    uses[0]?.[Symbol.dispose]();
    expect(pool.size).toBe(1);
    uses[1]?.[Symbol.dispose]();
    expect(pool.size).toBe(0);
  });
});

describe('a full pool', () => {
  it('closes the idle connection that was not used for longest', async () => {
    const { pool, clock } = open(3);
    const { set, list } = listed(clock);
    pool.follow(set);
    list('a:1', 'b:1', 'c:1', 'd:1');
    const busy = pool.acquire('a:1');
    for (const address of ['b:1', 'c:1', 'b:1']) {
      await clock.advance(1);
      use(pool, address);
    }
    const kept = pool.acquire('b:1');
    pool.release(kept);
    use(pool, 'd:1');
    expect(pool.size).toBe(3);
    expect(pool.acquire('a:1')).toBe(busy);
    expect(pool.acquire('b:1')).toBe(kept);
  });

  it('refuses another when all are in use', () => {
    const { pool } = open(1);
    pool.acquire('a:1');
    expect(() => pool.acquire('b:1')).toThrow(
      failure({ code: 'DISCOVERY_TOO_MANY_CONNECTIONS', kind: 'exhausted', reachedServer: false }),
    );
  });
});

describe('a disposed pool', () => {
  it('has no connection and follows nothing', async () => {
    const { pool, clock } = open();
    const { set, list } = listed(clock);
    const followed = pool.follow(set);
    list('a:1');
    use(pool, 'a:1');
    await pool[Symbol.asyncDispose]();
    expect(pool.size).toBe(0);
    expect(() => pool.acquire('a:1')).toThrow(failure({ code: 'DISCOVERY_CLOSED' }));
    expect(() => pool.follow(set)).toThrow(failure({ code: 'DISCOVERY_CLOSED' }));
    list();
    followed[Symbol.dispose]();
  });
});
