import { CheckStatus, type SessionResponse } from '@portolan/contracts/catalog';
import { decodeInstanceName } from '@portolan/catalog/wire';
import { ANONYMOUS } from '@portolan/kernel';
import {
  ask,
  idsOf,
  instance,
  open,
  registryOverGrpc,
  until,
  type RegistryOverGrpc,
  type SessionUnderTest,
} from './testing/registry-over-grpc.ts';

const register = (stream: SessionUnderTest, service: string, id: string): Promise<SessionResponse['response']> =>
  ask(stream, { $case: 'register', value: { registration: instance(service, id), checks: [] } });

/** A session with one instance of `web`, whose stream is then broken; returns when the registry has noticed. */
async function broken(house: RegistryOverGrpc): Promise<bigint> {
  const stream = house.session();
  const { lease } = await open(stream);
  await register(stream, 'web', 'a');
  stream.cancel();
  await until(() => house.load.sessions === 0);
  return lease;
}

describe('a session', () => {
  it('registers, reports, renews and deregisters, each answered under its id', async () => {
    await using house = await registryOverGrpc();
    using stream = house.session();
    expect(await open(stream)).toMatchObject({ ttlSeconds: 10, resumed: false });
    expect(await register(stream, 'web', 'a')).toMatchObject({ $case: 'revision' });
    expect(await idsOf(house)).toEqual(['a']);
    const check = { id: 'ready', status: CheckStatus.CRITICAL, output: 'warming up', since: 5n };
    const report = await ask(stream, { $case: 'report', value: { service: 'web', instanceId: 'a', check } }, 7n);
    expect(report).toMatchObject({ $case: 'revision' });
    expect(await idsOf(house)).toEqual([]);
    expect(await ask(stream, { $case: 'renew', value: {} }, 8n)).toEqual({
      $case: 'renewed',
      value: { ttlSeconds: 10 },
    });
    await ask(stream, { $case: 'deregister', value: { service: 'web', instanceId: 'a' } }, 9n);
    expect(await idsOf(house, true)).toEqual([]);
  });

  it('lives as long as it is renewed', async () => {
    await using house = await registryOverGrpc();
    using stream = house.session();
    await open(stream);
    await register(stream, 'web', 'a');
    for (let round = 0; round < 5; round += 1) {
      await house.clock.advance(9_000);
      await ask(stream, { $case: 'renew', value: {} });
    }
    expect(await idsOf(house)).toEqual(['a']);
    await house.clock.advance(11_000);
    expect(await idsOf(house, true)).toEqual([]);
    expect(await ask(stream, { $case: 'renew', value: {} })).toMatchObject({
      $case: 'failed',
      value: { code: 'CATALOG_SESSION_ENDED' },
    });
  });

  it('for a host outlives its stream, and is told what an operator removed', async () => {
    await using house = await registryOverGrpc();
    using stream = house.session();
    const node = { name: 'host-1', address: '10.0.0.1', metadata: {} };
    const host = { agentId: 'agent-1', deregisterAfterSeconds: 60 };
    await ask(stream, { $case: 'open', value: { resumeLease: 0n, ttlSeconds: 10, node, host } });
    using watch = house.watch();
    watch.send({
      request: { $case: 'subscribe', value: { id: 1n, subject: { $case: 'host', value: { node: 'host-1' } } } },
    });
    expect(await watch.next()).toMatchObject({ update: { $case: 'host', value: { instances: [] } } });
    await register(stream, 'web', 'a');
    expect(await watch.next()).toMatchObject({
      update: { value: { instances: [{ owner: { kind: { $case: 'agent' } } }], evictions: [] } },
    });
    await house.catalog.deregister({
      principal: { kind: 'operator', name: 'ada' },
      ...decodeInstanceName({ service: 'web', instanceId: 'a' }),
    });
    expect(await watch.next()).toMatchObject({
      update: { value: { instances: [], evictions: [{ instanceId: 'a', principal: 'operator:ada' }] } },
    });
    expect(await register(stream, 'web', 'a')).toMatchObject({ value: { code: 'CATALOG_INSTANCE_EVICTED' } });
    const forget = { $case: 'forgetEviction', value: { service: 'web', instanceId: 'a' } } as const;
    await ask(stream, forget);
    await register(stream, 'web', 'a');
    stream.finish();
    expect(await stream.next()).toBeUndefined();
    await house.clock.advance(4_000);
    expect(await idsOf(house)).toEqual(['a']);
    await house.clock.advance(2_000);
    expect(await idsOf(house)).toEqual([]);
    expect(await idsOf(house, true)).toEqual(['a']);
    using other = house.session();
    await open(other);
    expect(await ask(other, forget)).toMatchObject({ value: { code: 'REGISTRY_NO_HOST_SESSION' } });
  });

  it('answers many requests at once in their order', async () => {
    await using house = await registryOverGrpc();
    using stream = house.session();
    await open(stream);
    const ids = Array.from({ length: 200 }, (_, index) => BigInt(index + 2));
    for (const id of ids) stream.send({ id, request: { $case: 'renew', value: {} } });
    const answered: bigint[] = [];
    while (answered.length < ids.length) answered.push((await stream.next())?.id ?? 0n);
    expect(answered).toEqual(ids);
  });

  it('answers what cannot be, and goes on', async () => {
    await using house = await registryOverGrpc();
    using stream = house.session();
    await open(stream);
    const failed = { $case: 'failed', value: { kind: 'invalid', code: 'CATALOG_INVALID_REGISTRATION' } };
    expect(await register(stream, 'no name', 'a')).toMatchObject(failed);
    const unknown = { $case: 'report', value: { service: 'web', instanceId: 'b', check: undefined } } as const;
    expect(await ask(stream, unknown)).toMatchObject(failed);
    expect(
      await ask(stream, {
        $case: 'open',
        value: { resumeLease: 0n, ttlSeconds: 10, node: undefined, host: undefined },
      }),
    ).toMatchObject({
      $case: 'failed',
      value: { code: 'REGISTRY_SESSION_ORDER' },
    });
    stream.send({ id: 5n, request: undefined });
    expect(await stream.next()).toMatchObject({ id: 5n, response: { value: { code: 'REGISTRY_EMPTY_REQUEST' } } });
    expect(await register(stream, 'web', 'a')).toMatchObject({ $case: 'revision' });
  });

  it('does not begin with anything else than open, nor for somebody who may not register', async () => {
    await using house = await registryOverGrpc();
    using stream = house.session();
    stream.send({ id: 1n, request: { $case: 'renew', value: {} } });
    await expect(stream.next()).rejects.toMatchObject({ code: 'REGISTRY_SESSION_ORDER' });
    await using strangers = await registryOverGrpc(ANONYMOUS);
    await expect(open(strangers.session())).rejects.toMatchObject({ code: 'ACCESS_FORBIDDEN', kind: 'forbidden' });
  });

  it('leaves nothing behind when the client deregisters and says goodbye', async () => {
    await using house = await registryOverGrpc();
    using stream = house.session();
    await open(stream);
    await register(stream, 'web', 'a');
    await ask(stream, { $case: 'deregister', value: { service: 'web', instanceId: 'a' } });
    stream.finish();
    expect(await stream.next()).toBeUndefined();
    expect((await house.store.leases({ principal: ANONYMOUS })).ids).toEqual([]);
  });

  it('is broken when the client closes it with something still registered', async () => {
    await using house = await registryOverGrpc();
    using stream = house.session();
    await open(stream);
    await register(stream, 'web', 'a');
    stream.finish();
    expect(await stream.next()).toBeUndefined();
    expect(await idsOf(house)).toEqual(['a']);
    await house.clock.advance(1_000);
    expect(await idsOf(house)).toEqual([]);
  });
});

describe('a session whose stream breaks', () => {
  it('turns critical after its grace, says why, and is removed at the end of its lease', async () => {
    await using house = await registryOverGrpc();
    await broken(house);
    expect(await idsOf(house)).toEqual(['a']);
    await house.clock.advance(1_000);
    expect(await idsOf(house)).toEqual([]);
    const query = { service: 'web', portName: '', tags: [], metadata: {}, includeUnhealthy: false };
    const { resolution } = await house.client.resolve({ query, revision: 0n, explain: true, serializable: false });
    expect(resolution?.verdicts).toMatchObject([{ instanceId: 'a', included: false }]);
    const details = resolution?.verdicts[0]?.reasons.map(({ detail }) => detail).join('\n');
    expect(details).toMatch(/session is critical: stream broken/);
    await house.clock.advance(10_000);
    expect(await idsOf(house, true)).toEqual([]);
  });

  it('keeps everything when it is resumed within the grace', async () => {
    await using house = await registryOverGrpc();
    const lease = await broken(house);
    using stream = house.session();
    expect(await open(stream, lease)).toMatchObject({ lease, resumed: true });
    await house.clock.advance(5_000);
    expect(await idsOf(house)).toEqual(['a']);
  });

  it('is healthy again when it is resumed after the grace', async () => {
    await using house = await registryOverGrpc();
    const lease = await broken(house);
    await house.clock.advance(3_000);
    expect(await idsOf(house)).toEqual([]);
    using stream = house.session();
    await open(stream, lease);
    expect(await idsOf(house)).toEqual(['a']);
  });

  it('begins anew when its lease has ended', async () => {
    await using house = await registryOverGrpc();
    const lease = await broken(house);
    await house.clock.advance(12_000);
    using stream = house.session();
    expect(await open(stream, lease)).toMatchObject({ resumed: false });
  });

  it('may be resumed before the registry has noticed', async () => {
    await using house = await registryOverGrpc();
    using first = house.session();
    const { lease } = await open(first);
    await register(first, 'web', 'a');
    using second = house.session();
    expect(await open(second, lease)).toMatchObject({ resumed: true });
    first.cancel();
    await until(() => house.load.sessions === 1);
    await house.clock.advance(5_000);
    expect(await idsOf(house)).toEqual(['a']);
  });
});

describe('a session that goes on at a second stream', () => {
  it('is not ended by the one that was opened and given up before anything was asked', async () => {
    await using house = await registryOverGrpc();
    const lease = await broken(house);
    using given = house.session();
    await open(given, lease);
    given.finish();
    expect(await given.next()).toBeUndefined();
    using stream = house.session();
    expect(await open(stream, lease)).toMatchObject({ lease, resumed: true });
    await house.clock.advance(5_000);
    expect(await idsOf(house)).toEqual(['a']);
  });
});

describe('a session at a node that drains', () => {
  it('is sent elsewhere, and nobody takes it for broken', async () => {
    await using house = await registryOverGrpc();
    using stream = house.session();
    await open(stream);
    await register(stream, 'web', 'a');
    const end = stream.next();
    const drained = house.server.drain();
    await expect(end).rejects.toMatchObject({ code: 'REGISTRY_DRAINING', kind: 'unavailable' });
    await drained;
    await house.clock.advance(5_000);
    expect(await idsOf(house)).toEqual(['a']);
  });
});
