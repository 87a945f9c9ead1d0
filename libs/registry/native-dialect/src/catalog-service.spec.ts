import { CheckStatus, Reason_Kind, type Query } from '@portolan/contracts/catalog';
import { instance, registryOverGrpc } from './testing/registry-over-grpc.ts';

const query = (more: Partial<Query> = {}): Query => ({
  service: 'web',
  portName: '',
  tags: [],
  metadata: {},
  includeUnhealthy: false,
  ...more,
});
const resolveRequest = { revision: 0n, explain: false, serializable: false };
const OPERATOR = { kind: 'operator', name: 'ada' } as const;

describe('an operator', () => {
  it('registers what stays until it is removed', async () => {
    await using house = await registryOverGrpc(OPERATOR);
    const { revision } = await house.client.register({ registration: instance('web', 'a'), checks: [] });
    await house.clock.advance(3_600_000);
    const { resolution } = await house.client.resolve({ query: query(), ...resolveRequest });
    expect(resolution).toMatchObject({
      instances: [
        {
          registration: { id: 'a', weight: 100 },
          owner: { kind: { $case: 'operator', value: { principal: 'operator:ada' } } },
          createRevision: revision,
        },
      ],
      verdicts: [],
    });
    const { list } = await house.client.listServices({ revision: 0n });
    expect(list?.services).toMatchObject([{ name: 'web', instances: 1, healthy: 1, portNames: ['grpc'] }]);
    await house.client.deregister({ service: 'web', instanceId: 'a' });
    await expect(house.client.deregister({ service: 'web', instanceId: 'a' })).rejects.toMatchObject({
      code: 'CATALOG_INSTANCE_NOT_FOUND',
      kind: 'not-found',
    });
  });

  it('sees the services and instances of a past revision', async () => {
    await using house = await registryOverGrpc(OPERATOR);
    const { revision } = await house.client.register({ registration: instance('web', 'a'), checks: [] });
    await house.client.deregister({ service: 'web', instanceId: 'a' });
    const { resolution } = await house.client.resolve({ query: query(), ...resolveRequest, revision });
    expect(resolution).toMatchObject({ revision, instances: [{ registration: { id: 'a' } }] });
    const { list } = await house.client.listServices({ revision });
    expect(list).toMatchObject({ revision, services: [{ name: 'web' }] });
  });
});

describe('explain', () => {
  it('says of every instance why it is in the answer, or not', async () => {
    await using house = await registryOverGrpc(OPERATOR);
    const critical = { id: 'ready', status: CheckStatus.CRITICAL, output: 'no database', since: 0n };
    await house.client.register({ registration: instance('web', 'a'), checks: [] });
    await house.client.register({ registration: instance('web', 'b'), checks: [critical] });
    await house.client.register({ registration: { ...instance('web', 'c'), tags: ['canary'] }, checks: [] });
    const explained = { ...resolveRequest, explain: true };
    const { resolution } = await house.client.resolve({ query: query({ tags: ['canary'] }), ...explained });
    expect(resolution?.instances.map(({ registration }) => registration?.id)).toEqual(['c']);
    expect(resolution?.verdicts).toMatchObject([
      { instanceId: 'a', included: false, reasons: [{ kind: Reason_Kind.FILTER }] },
      { instanceId: 'b', included: false },
      { instanceId: 'c', included: true },
    ]);
    const ofB = resolution?.verdicts[1]?.reasons.find(({ kind }) => kind === Reason_Kind.CHECK);
    expect(ofB?.detail).toMatch(/no database/);
  });
});

describe('nodes', () => {
  it('come with the sessions of their processes', async () => {
    await using house = await registryOverGrpc();
    using stream = house.session();
    const node = { name: 'host-1', address: '10.0.0.1', metadata: { zone: 'a' } };
    stream.send({
      id: 1n,
      request: { $case: 'open', value: { resumeLease: 0n, ttlSeconds: 10, node, host: undefined } },
    });
    await stream.next();
    expect(await house.client.listNodes({})).toMatchObject({ nodes: [node] });
  });
});

describe('a wrong request', () => {
  it('is refused with its reason', async () => {
    await using house = await registryOverGrpc();
    await expect(house.client.resolve({ query: undefined, ...resolveRequest })).rejects.toMatchObject({
      code: 'CATALOG_INVALID_REGISTRATION',
      kind: 'invalid',
    });
    await expect(house.client.resolve({ query: query(), ...resolveRequest, revision: 99n })).rejects.toMatchObject({
      code: 'KV_FUTURE_REVISION',
      kind: 'out-of-range',
    });
  });
});
