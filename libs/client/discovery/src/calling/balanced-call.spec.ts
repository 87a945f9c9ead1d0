import { epochMillis, type ErrorKind } from '@portolan/kernel';
import { until } from '../testing/until.ts';
import { KNOWN_MS } from './balanced-call.ts';
import { CONNECT_MS } from './pooled-connection.ts';
import { fail, failureOf, hang } from './testing/failures.ts';
import { Fleet } from './testing/fleet.ts';

describe('an idempotent call', () => {
  it('that is unavailable is tried once more, elsewhere', async () => {
    await using fleet = new Fleet();
    const [a, b, c] = await fleet.start('a', 'b', 'c');
    fail(a, 'unavailable');
    await expect(fleet.client.ask('', { idempotent: true })).resolves.toBe('b');
    fail(b, 'unavailable');
    fail(c, 'unavailable');
    await expect(failureOf(fleet.client.ask('', { idempotent: true }))).resolves.toMatchObject({
      code: 'TEST_REFUSED',
      reachedServer: true,
      context: { service: 'echo', attempts: 2, tried: `${c.endpoint.address} ${a.endpoint.address}` },
    });
  });

  it('has reached a server, whatever its second try met', async () => {
    await using fleet = new Fleet();
    const [a, b] = await fleet.start('a', 'b');
    fail(a, 'unavailable');
    await b.gate.cut();
    await expect(failureOf(fleet.client.ask('', { idempotent: true }))).resolves.toMatchObject({
      code: 'RPC_NOT_CONNECTED',
      reachedServer: true,
      cause: { reachedServer: false },
    });
  });

  it('goes nowhere else when there is nowhere else', async () => {
    await using fleet = new Fleet();
    const [a] = await fleet.start('a');
    fail(a, 'unavailable');
    await expect(failureOf(fleet.client.ask('', { idempotent: true }))).resolves.toMatchObject({
      code: 'TEST_REFUSED',
    });
    expect(a.calls).toHaveLength(1);
  });

  it.each<ErrorKind>(['invalid', 'not-found', 'conflict', 'exhausted', 'internal'])(
    'that fails as %s is not repeated',
    async (kind) => {
      await using fleet = new Fleet();
      const [a, b] = await fleet.start('a', 'b');
      fail(a, kind);
      await expect(failureOf(fleet.client.ask('', { idempotent: true }))).resolves.toMatchObject({ kind });
      expect(b.calls).toHaveLength(0);
    },
  );
});

describe('a call that is not idempotent', () => {
  it('is not repeated once it reached a server', async () => {
    await using fleet = new Fleet();
    const [a, b] = await fleet.start('a', 'b');
    fail(a, 'unavailable');
    await expect(failureOf(fleet.client.ask(''))).resolves.toMatchObject({ code: 'TEST_REFUSED', reachedServer: true });
    expect([a.calls.length, b.calls.length]).toEqual([1, 0]);
  });
});

describe('what an endpoint is judged by', () => {
  /** Which of two p2c-ewma prefers after one call to each, the first of which ended like this. */
  async function avoidedAfter(kind: ErrorKind): Promise<boolean> {
    await using fleet = new Fleet({ strategy: 'p2c-ewma' });
    const members = await fleet.start('a', 'b');
    for (const member of members) fail(member, kind);
    await failureOf(fleet.client.ask(''));
    const [first] = members.filter(({ calls }) => calls.length === 1);
    for (const member of members) member.ask = async () => member.id;
    return !(await fleet.ask(20)).includes(first?.id ?? '');
  }

  it.each<[ErrorKind, boolean]>([
    ['unavailable', true],
    ['internal', true],
    ['exhausted', true],
    ['invalid', false],
    ['not-found', false],
    ['forbidden', false],
  ])('%s: it is avoided afterwards: %p', async (kind, avoided) => {
    await expect(avoidedAfter(kind)).resolves.toBe(avoided);
  });

  it('is not that a caller gave up', async () => {
    await using fleet = new Fleet({ strategy: 'p2c-ewma' });
    const members = await fleet.start('a', 'b');
    for (const member of members) hang(member);
    const abort = new AbortController();
    const call = fleet.client.ask('', { signal: abort.signal });
    await until(() => members.some(({ calls }) => calls.length === 1));
    abort.abort();
    await expect(failureOf(call)).resolves.toMatchObject({ kind: 'cancelled' });
    const [first] = members.filter(({ calls }) => calls.length === 1);
    for (const member of members) member.ask = async () => member.id;
    expect(await fleet.ask(20)).toContain(first?.id);
  });
});

describe('the time of a call', () => {
  it('bounds it on its way', async () => {
    await using fleet = new Fleet();
    const [a] = await fleet.start('a', 'b');
    hang(a);
    await expect(failureOf(fleet.client.ask('', { timeoutMs: 50, idempotent: true }))).resolves.toMatchObject({
      kind: 'deadline',
      reachedServer: true,
    });
  });

  it('bounds its wait for a connection', async () => {
    await using fleet = new Fleet();
    const [a] = await fleet.start('a');
    a.gate.silence();
    const call = failureOf(fleet.client.ask('', { timeoutMs: 100 }));
    await until(() => a.gate.connections === 1);
    await fleet.clock.advance(100);
    await expect(call).resolves.toMatchObject({ kind: 'deadline', reachedServer: false });
  });

  it('counts from its first attempt', async () => {
    await using fleet = new Fleet();
    const [a, b] = await fleet.start('a', 'b');
    a.gate.silence();
    b.gate.silence();
    const call = failureOf(fleet.client.ask('', { timeoutMs: CONNECT_MS + 100 }));
    await until(() => a.gate.connections === 1);
    await fleet.clock.advance(CONNECT_MS);
    await until(() => b.gate.connections === 1);
    await fleet.clock.advance(100);
    await expect(call).resolves.toMatchObject({ kind: 'deadline', reachedServer: false });
  });

  it('ends with its signal, also before a connection is open', async () => {
    await using fleet = new Fleet();
    const [a] = await fleet.start('a');
    a.gate.silence();
    const abort = new AbortController();
    const call = failureOf(fleet.client.ask('', { signal: abort.signal }));
    await until(() => a.gate.connections === 1);
    abort.abort();
    await expect(call).resolves.toMatchObject({ code: 'RPC_CANCELLED', reachedServer: false });
    await expect(failureOf(fleet.client.ask('', { signal: abort.signal }))).resolves.toMatchObject({
      code: 'RPC_CANCELLED',
    });
  });
});

describe('a service without endpoints', () => {
  it('fails at once, and says where to look', async () => {
    await using fleet = new Fleet();
    fleet.list();
    await expect(failureOf(fleet.client.ask(''))).resolves.toMatchObject({
      code: 'DISCOVERY_NO_ENDPOINT',
      kind: 'unavailable',
      reachedServer: false,
      context: { service: 'echo' },
      fix: expect.stringContaining('start echo') as string,
    });
  });

  it('of which nothing is known is waited for', async () => {
    await using fleet = new Fleet();
    const call = fleet.client.ask('');
    await fleet.start('a');
    await expect(call).resolves.toBe('a');
  });

  it.each([
    { options: {}, waitMs: KNOWN_MS },
    { options: { timeoutMs: 300 }, waitMs: 300 },
    { options: { timeoutMs: 60_000 }, waitMs: KNOWN_MS },
  ])(
    'of which nothing is known is not waited for longer than $waitMs ms, with $options',
    async ({ options, waitMs }) => {
      await using fleet = new Fleet();
      const began = fleet.clock.now();
      const call = failureOf(fleet.client.ask('', options)).then((error) => ({ error, at: fleet.clock.now() }));
      await fleet.clock.advance(waitMs + 1_000);
      const { error, at } = await call;
      expect(error).toMatchObject({ code: 'DISCOVERY_NO_ENDPOINT', kind: 'unavailable' });
      expect(at - began).toBe(waitMs);
    },
  );

  it('of which nothing is known is waited for until a deadline, and no longer than the signal allows', async () => {
    await using fleet = new Fleet();
    const deadline = epochMillis(fleet.clock.epoch() + 200);
    const late = failureOf(fleet.client.ask('', { deadline }));
    await fleet.clock.advance(200);
    await expect(late).resolves.toMatchObject({ code: 'DISCOVERY_NO_ENDPOINT' });
    const abort = new AbortController();
    const given = failureOf(fleet.client.ask('', { signal: abort.signal }));
    abort.abort();
    await expect(given).resolves.toMatchObject({ code: 'RPC_CANCELLED' });
  });

  it('that can be reached says so at once', async () => {
    await using fleet = new Fleet();
    const members = await fleet.start('a', 'b', 'c');
    for (const { gate } of members) await gate.cut();
    const expected = { kind: 'unavailable', reachedServer: false, context: { service: 'echo', attempts: 3 } };
    await expect(failureOf(fleet.client.ask(''))).resolves.toMatchObject(expected);
    await expect(failureOf(fleet.client.ask(''))).resolves.toMatchObject(expected);
  });
});
