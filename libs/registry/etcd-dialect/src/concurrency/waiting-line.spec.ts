import type { LeaderKey, LeaderResponse } from '@portolan/contracts/etcd/election';
import { RangeRequest } from '@portolan/contracts/etcd/kv';
import { memoryInUse } from '@portolan/http/testing';
import { startBoth, type Both } from '../testing/both.ts';
import {
  beginCall,
  comparable,
  connectEtcd,
  outcomeOf,
  type EtcdClients,
  type OpenCall,
} from '../testing/etcd-clients.ts';
import { startOurEtcd } from '../testing/our-etcd.ts';
import { describeWithPeers } from '../testing/peers.ts';
import { Waiters, WAITERS_MAX } from './waiters.ts';

const bytes = (text: string): Buffer => Buffer.from(text);
const OWN = 0n;

/** Of an answer. */
function fieldOf(outcome: unknown, name: string): unknown {
  const fields = new Map(Object.entries(outcome ?? {}));
  if (!fields.has(name)) throw new Error(`${JSON.stringify(outcome)} has no ${name}`);
  return fields.get(name);
}

/** Who has a place in the line of `name`, whether or not it is its turn. */
async function inLine({ kv }: EtcdClients, name: string): Promise<number> {
  const asked = RangeRequest.create({ key: bytes(`${name}/`), rangeEnd: bytes(`${name}0`), countOnly: true });
  return Number(fieldOf(await outcomeOf(kv, kv.range.bind(kv), asked), 'count'));
}

async function untilInLine(clients: EtcdClients, name: string, count: number): Promise<void> {
  while ((await inLine(clients, name)) !== count) await new Promise(setImmediate);
}

const lock = ({ lock: client }: EtcdClients, name: string, lease: bigint): OpenCall =>
  beginCall(client, client.lock.bind(client), { name: bytes(name), lease });
const unlock = ({ lock: client }: EtcdClients, key: string): Promise<unknown> =>
  outcomeOf(client, client.unlock.bind(client), { key: bytes(key) });
const campaign = ({ election }: EtcdClients, name: string, lease: bigint, value: string): OpenCall =>
  beginCall(election, election.campaign.bind(election), { name: bytes(name), lease, value: bytes(value) });
const proclaim = ({ election }: EtcdClients, leader: LeaderKey | undefined, value: string): Promise<unknown> =>
  outcomeOf(election, election.proclaim.bind(election), { leader, value: bytes(value) });
const resign = ({ election }: EtcdClients, leader: LeaderKey | undefined): Promise<unknown> =>
  outcomeOf(election, election.resign.bind(election), { leader });
const leaderOf = ({ election }: EtcdClients, name: string): Promise<unknown> =>
  outcomeOf(election, election.leader.bind(election), { name: bytes(name) });
const revoke = ({ lease }: EtcdClients, ID: bigint): Promise<unknown> =>
  outcomeOf(lease, lease.leaseRevoke.bind(lease), { ID });

async function grant({ lease }: EtcdClients, ...ids: readonly bigint[]): Promise<void> {
  for (const ID of ids) await outcomeOf(lease, lease.leaseGrant.bind(lease), { ID, TTL: 600n });
}

/** The fencing token of who was elected. */
const revOf = (elected: unknown): bigint => BigInt(Number(fieldOf(fieldOf(elected, 'leader'), 'rev')));

/** etcd hands on what its own client says, which has lost its code there: the text is what is compared. */
const textOf = (outcome: unknown): unknown =>
  typeof outcome === 'object' && outcome !== null && 'details' in outcome ? outcome.details : outcome;

describeWithPeers(['etcd'], 'locks and elections that a real etcd and ours wait for', () => {
  let both: Both;
  beforeAll(async () => {
    both = await startBoth();
  });
  afterAll(() => both[Symbol.asyncDispose]());

  async function expectSame(tell: (clients: EtcdClients) => Promise<readonly unknown[]>): Promise<void> {
    const told: (readonly unknown[])[] = [];
    for (const { port } of [both.real, both.ours]) {
      using clients = connectEtcd(port);
      told.push(await tell(clients));
    }
    const [real, ours] = told;
    expect(ours).toEqual(real);
  }

  it('a lock: one after the other, in the order in which they came', () =>
    expectSame(async (clients) => {
      await grant(clients, 11n, 12n, 13n);
      const told = [await lock(clients, 'l', 11n).outcome, await lock(clients, 'l', 11n).outcome];
      const second = lock(clients, 'l', 12n);
      await untilInLine(clients, 'l', 2);
      const third = lock(clients, 'l', 13n);
      await untilInLine(clients, 'l', 3);
      told.push(await unlock(clients, 'l/b'), await second.outcome);
      told.push(await unlock(clients, 'l/c'), await third.outcome, await unlock(clients, 'l/d'));
      told.push(await unlock(clients, 'l/d'), textOf(await unlock(clients, '')));
      return told;
    }));

  it('a lock: who leaves, or whose lease ends, is passed over, and a holder that dies makes room', async () => {
    const expired: unknown[] = [];
    await expectSame(async (clients) => {
      await grant(clients, 21n, 22n, 23n, 24n);
      await lock(clients, 'm', 21n).outcome;
      const waiting: OpenCall[] = [];
      for (const lease of [22n, 23n, 24n]) {
        waiting.push(lock(clients, 'm', lease));
        await untilInLine(clients, 'm', waiting.length + 1);
      }
      const [leaves, ends, stays] = waiting;
      leaves?.cancel();
      await untilInLine(clients, 'm', 3);
      await revoke(clients, 23n);
      await untilInLine(clients, 'm', 2);
      await revoke(clients, 21n);
      expired.push(textOf(await ends?.outcome));
      return [textOf(await leaves?.outcome), await stays?.outcome];
    });
    // As etcd has it since 3.5; 3.4 hands the lock to whoever it was.
    expect(expired[1]).toBe('mutex: session is expired');
  });

  it('a lock: without a lease that is there, none', () =>
    expectSame(async (clients) => [textOf(await lock(clients, 'n', 99n).outcome)]));

  it('an election: led, proclaimed, observed, resigned', () =>
    expectSame(async (clients) => {
      await grant(clients, 31n, 32n);
      const told = [textOf(await leaderOf(clients, 'e'))];
      const seen = new Observed(clients, 'e');
      const elected = await campaign(clients, 'e', 31n, 'ada').outcome;
      told.push(elected, await leaderOf(clients, 'e'), await seen.next());
      const first: LeaderKey = { name: bytes('e'), key: bytes('e/1f'), rev: revOf(elected), lease: 31n };
      const next = campaign(clients, 'e', 32n, 'grace');
      await untilInLine(clients, 'e', 2);
      told.push(await proclaim(clients, first, 'ada again'), await seen.next());
      told.push(await campaign(clients, 'e', 31n, 'ada').outcome, await seen.next());
      told.push(await resign(clients, first), await next.outcome, await seen.next());
      told.push(textOf(await proclaim(clients, first, 'ada too late')), await resign(clients, first));
      told.push(textOf(await proclaim(clients, undefined, 'x')), textOf(await resign(clients, undefined)));
      told.push(await leaderOf(clients, 'e'));
      seen.end();
      return told;
    }));
});

/** What `Observe` tells. */
class Observed {
  readonly #answers: AsyncIterator<LeaderResponse>;
  readonly #cancel: () => void;

  constructor({ election }: EtcdClients, name: string) {
    const stream = election.observe({ name: bytes(name) });
    stream.on('error', () => undefined);
    this.#answers = stream[Symbol.asyncIterator]();
    this.#cancel = () => {
      stream.cancel();
    };
  }

  async next(): Promise<unknown> {
    const next = await this.#answers.next();
    return next.done === true ? 'ended' : comparable(next.value);
  }

  end(): void {
    this.#cancel();
  }
}

describe('who waits at a server', () => {
  it('is let in up to a bound, and again when somebody has gone, however that came', async () => {
    const waiters = new Waiters(2);
    const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const waiting = [waiters.whileWaiting(() => first.promise), waiters.whileWaiting(() => second.promise)];
    const third = (): Promise<string> => waiters.whileWaiting(() => Promise.resolve('third'));
    await expect(third()).rejects.toMatchObject({ context: { error: 'tooManyRequests' } });
    first.resolve('first');
    expect(await waiting[0]).toBe('first');
    expect(await third()).toBe('third');
    second.reject(new Error('second'));
    await expect(waiting[1]).rejects.toThrow('second');
    expect(await third()).toBe('third');
  });

  it('is let go when it hangs up on the JSON gateway', async () => {
    await using ours = await startOurEtcd();
    using clients = connectEtcd(ours.port);
    await grant(clients, HOLDER);
    await lock(clients, 'l', HOLDER).outcome;
    const hangUp = new AbortController();
    const asked = fetch(`http://127.0.0.1:${ours.port}/v3/lock/lock`, {
      method: 'POST',
      body: JSON.stringify({ name: bytes('l').toString('base64') }),
      signal: hangUp.signal,
    });
    await untilInLine(clients, 'l', 2);
    hangUp.abort();
    await expect(asked).rejects.toThrow('aborted');
    await untilInLine(clients, 'l', 1);
  });

  it('is refused when all places are taken, the rest is answered, and nothing is left of those who went', async () => {
    await using ours = await startOurEtcd({ autoCompaction: { keepChanges: 100, keepBytes: 1_048_576 } });
    using first = connectEtcd(ours.port);
    await crowd(ours.port, first, 200);
    const before = await memoryInUse();
    await crowd(ours.port, first, WAITERS_MAX, async () => {
      const refusal = { code: 8, details: 'etcdserver: too many requests' };
      expect(await lock(first, 'l', OWN).outcome).toEqual(refusal);
      expect(await campaign(first, 'e', OWN, 'x').outcome).toEqual(refusal);
      expect([await inLine(first, 'l'), await inLine(first, 'e')]).toEqual([WAITERS_MAX + 1, 0]);
    });
    expect((await memoryInUse()) - before).toBeLessThan(LEFT_BYTES_MAX);
    const { ids } = await ours.store.leases({ principal: { kind: 'system', name: 'test' } });
    expect(ids).toEqual([]);
  }, 60_000);
});

/** Of about 22 MB while they wait, at both ends. */
const LEFT_BYTES_MAX = 6 * 1_048_576;
/** As many as a server takes on one connection. */
const CALLS_PER_CONNECTION = 1_000;

const HOLDER = 7n;

/** So many wait for one who holds the lock, from as many connections as that takes; then all of them leave, and it does. */
async function crowd(
  port: number,
  looking: EtcdClients,
  count: number,
  meanwhile?: () => Promise<void>,
): Promise<void> {
  using connections = new DisposableStack();
  await grant(looking, HOLDER);
  await lock(looking, 'l', HOLDER).outcome;
  const calls: OpenCall[] = [];
  for (let connected = 0; connected < count; connected += CALLS_PER_CONNECTION) {
    const clients = connections.use(connectEtcd(port));
    const here = Math.min(CALLS_PER_CONNECTION, count - connected);
    for (let index = 0; index < here; index += 1) calls.push(lock(clients, 'l', OWN));
  }
  await untilInLine(looking, 'l', count + 1);
  await meanwhile?.();
  for (const call of calls) call.cancel();
  await Promise.all(calls.map(({ outcome }) => outcome));
  await untilInLine(looking, 'l', 1);
  await revoke(looking, HOLDER);
}
