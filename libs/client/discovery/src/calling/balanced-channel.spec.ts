import { STRATEGY_NAMES, type Endpoint } from '@portolan/balancing';
import { Registry } from 'prom-client';
import { until } from '../testing/until.ts';
import { REFUSALS_FREE } from './balanced-call.ts';
import { CONNECT_MS } from './pooled-connection.ts';
import { AVOID_MS_MIN } from './refusals.ts';
import { fail, failureOf, hang } from './testing/failures.ts';
import { endpointAt, Fleet, shares } from './testing/fleet.ts';
import { openGate } from './testing/gate.ts';

describe('calls to several endpoints', () => {
  it.each(STRATEGY_NAMES)('are spread by %s', async (strategy) => {
    await using fleet = new Fleet({ strategy });
    await fleet.start('a', 'b', 'c');
    const { a = 0, b = 0, c = 0 } = shares(await fleet.ask(90));
    expect(Math.min(a, b, c)).toBeGreaterThan(10);
  });

  it('share one connection each, opened by its first call', async () => {
    await using fleet = new Fleet();
    const [a, b] = await fleet.start('a', 'b');
    expect(a.gate.connections + b.gate.connections).toBe(0);
    await Promise.all(Array.from({ length: 20 }, () => fleet.client.ask('')));
    expect([a.gate.connections, b.gate.connections]).toEqual([1, 1]);
  });

  it('carry who calls', async () => {
    await using fleet = new Fleet();
    const [a] = await fleet.start('a');
    await fleet.client.ask('');
    await fleet.client.ask('', { principal: { kind: 'user', name: 'ada' } });
    expect(a.principals).toEqual([
      { kind: 'service', name: 'test' },
      { kind: 'user', name: 'ada' },
    ]);
  });

  it('give a new endpoint its share, and none to one that has left', async () => {
    await using fleet = new Fleet();
    const [a, b] = await fleet.start('a', 'b');
    await fleet.ask(4);
    const [c] = await fleet.start('c');
    expect(shares(await fleet.ask(30))).toEqual({ a: 10, b: 10, c: 10 });
    fleet.list(b.endpoint, c.endpoint);
    expect(shares(await fleet.ask(30))).toEqual({ b: 15, c: 15 });
    await until(() => a.gate.open === 0);
  });

  it('end on an endpoint that leaves meanwhile', async () => {
    await using fleet = new Fleet();
    const [a, b] = await fleet.start('a', 'b');
    const answer = Promise.withResolvers<string>();
    a.ask = () => answer.promise;
    const call = fleet.client.ask('');
    await until(() => a.calls.length === 1);
    fleet.list(b.endpoint);
    expect(shares(await fleet.ask(5))).toEqual({ b: 5 });
    expect(a.gate.open).toBe(1);
    answer.resolve('late');
    await expect(call).resolves.toBe('late');
    await until(() => a.gate.open === 0);
  });
});

describe('an endpoint that cannot be reached', () => {
  it.each([{ idempotent: false }, { idempotent: true }])('fails no call, with %p', async (options) => {
    await using fleet = new Fleet({ budget: { ratio: 0, minPerSecond: 0 } });
    const [a, , c] = await fleet.start('a', 'b', 'c');
    await a.gate.cut();
    await c.gate.cut();
    const answers: string[] = [];
    for (let call = 0; call < 20; call += 1) answers.push(await fleet.client.ask('', options));
    expect(shares(answers)).toEqual({ b: 20 });
  });

  it('is asked again after its time, and has its share when it is back', async () => {
    await using fleet = new Fleet();
    const [a] = await fleet.start('a', 'b');
    await a.gate.cut();
    await fleet.ask(10);
    await a.gate.mend();
    // Its connection tries again by itself; until then it refuses once in a while.
    while (!(await fleet.ask(2)).includes('a')) await fleet.clock.advance(AVOID_MS_MIN);
    expect(shares(await fleet.ask(10))).toEqual({ a: 5, b: 5 });
  });

  it('and says nothing costs a call no more than the wait for a connection', async () => {
    await using fleet = new Fleet();
    const [a] = await fleet.start('a', 'b');
    a.gate.silence();
    const call = fleet.client.ask('');
    await until(() => a.gate.connections === 1);
    await fleet.clock.advance(CONNECT_MS);
    await expect(call).resolves.toBe('b');
    expect(shares(await fleet.ask(10))).toEqual({ b: 10 });
  });

  it('is passed over for free only so often, then within the budget', async () => {
    await using fleet = new Fleet({ budget: { ratio: 0, minPerSecond: 0.2 } });
    const [alive] = await fleet.start('alive');
    // All open before the first is cut: a port that is free again would be given to the next.
    const gates = await Promise.all(Array.from({ length: REFUSALS_FREE + 3 }, () => openGate(0)));
    const dead = gates.map(({ address }): Endpoint => endpointAt(address, address));
    for (const gate of gates) await gate.cut();
    fleet.list(...dead);
    fleet.list(...dead, alive.endpoint);
    await expect(failureOf(fleet.client.ask(''))).resolves.toMatchObject({
      code: 'RPC_NOT_CONNECTED',
      kind: 'unavailable',
      reachedServer: false,
      context: { service: 'echo', attempts: REFUSALS_FREE + 3 },
    });
    await expect(fleet.client.ask('')).resolves.toBe('alive');
  });
});

describe('an endpoint killed in the middle of calls', () => {
  it('fails only those that had reached it', async () => {
    await using fleet = new Fleet();
    const [a] = await fleet.start('a', 'b', 'c');
    await fleet.ask(3);
    hang(a);
    const calls = Array.from({ length: 30 }, () => fleet.client.ask(''));
    await until(() => a.calls.length === 11);
    await a.gate.cut();
    const results = await Promise.allSettled(calls);
    const after = await fleet.ask(30);
    const failures = results.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []));
    expect(failures).toHaveLength(10);
    for (const failure of failures) expect(failure).toMatchObject({ kind: 'unavailable', reachedServer: true });
    expect(shares(after)).toEqual({ b: 15, c: 15 });
  });

  it('fails no idempotent call while the budget lasts', async () => {
    await using fleet = new Fleet({ budget: { ratio: 0, minPerSecond: 0.3 } });
    const [a] = await fleet.start('a', 'b');
    await fleet.ask(2);
    hang(a);
    const calls = Array.from({ length: 10 }, () => fleet.client.ask('', { idempotent: true }));
    await until(() => a.calls.length === 6);
    await a.gate.cut();
    const results = await Promise.allSettled(calls);
    // Five were at a. The budget repeats three of them on b, the others end as they are.
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(2);
  });
});

describe('metrics', () => {
  it('count attempts, retries and refusals by service', async () => {
    const metrics = new Registry();
    await using fleet = new Fleet({ metrics });
    const [a, , c] = await fleet.start('a', 'b', 'c');
    fail(a, 'unavailable');
    await c.gate.cut();
    await fleet.client.ask('', { idempotent: true });
    a.ask = async () => 'a';
    await fleet.ask(1);
    await using other = new Fleet({ metrics });
    await other.start('d');
    await other.ask(1);
    const value = async (name: string): Promise<unknown> => (await metrics.getSingleMetric(name)?.get())?.values[0];
    const labels = { service: 'echo' };
    // One at a, repeated at b; one at c, which refuses, and at a; one at d.
    await expect(value('discovery_call_retries_total')).resolves.toMatchObject({ value: 1, labels });
    await expect(value('discovery_call_refusals_total')).resolves.toMatchObject({ value: 1, labels });
    await expect(value('discovery_call_attempts_total')).resolves.toMatchObject({ value: 5, labels });
    expect(metrics.getSingleMetric('rpc_client_calls_total')).toBeDefined();
  });
});

describe('a disposed channel', () => {
  it('takes no call, and lets the one under way end', async () => {
    await using fleet = new Fleet();
    const [a] = await fleet.start('a');
    const answer = Promise.withResolvers<string>();
    a.ask = () => answer.promise;
    const call = fleet.client.ask('');
    await until(() => a.calls.length === 1);
    await fleet.channel[Symbol.asyncDispose]();
    await expect(failureOf(fleet.client.ask(''))).resolves.toMatchObject({
      code: 'DISCOVERY_CLOSED',
      kind: 'cancelled',
    });
    answer.resolve('late');
    await expect(call).resolves.toBe('late');
  });

  it('whose pool is disposed ends with it', async () => {
    await using fleet = new Fleet();
    const [a] = await fleet.start('a', 'b');
    hang(a);
    const call = failureOf(fleet.client.ask('', { idempotent: true }));
    await until(() => a.calls.length === 1);
    await fleet.pool[Symbol.asyncDispose]();
    await expect(call).resolves.toMatchObject({ code: 'RPC_CONNECTION_CLOSED' });
  });
});
