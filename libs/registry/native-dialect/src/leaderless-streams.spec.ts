import type { SessionResponse } from '@portolan/contracts/catalog';
import { LOOK_AGAIN_MS, UNLED_STREAM_MS } from './leader-watch.ts';
import {
  ask,
  idsOf,
  instance,
  open,
  registryOverGrpc,
  until,
  type RegistryOverGrpc,
  type SessionUnderTest,
  type WatchUnderTest,
} from './testing/registry-over-grpc.ts';

const LOST = { code: 'RAFT_NO_LEADER', kind: 'unavailable' };

const register = (stream: SessionUnderTest, id: string): Promise<SessionResponse['response']> =>
  ask(stream, { $case: 'register', value: { registration: instance('web', id), checks: [] } });

/** A watch of `web`, and how many instances its next answer has. */
function watchWeb(house: RegistryOverGrpc): WatchUnderTest {
  const stream = house.watch();
  const value = { service: 'web', portName: '', tags: [], metadata: {}, includeUnhealthy: false };
  stream.send({ request: { $case: 'subscribe', value: { id: 1n, subject: { $case: 'query', value } } } });
  return stream;
}

async function nextCount(stream: WatchUnderTest): Promise<number | undefined> {
  const update = (await stream.next())?.update;
  return update?.$case === 'resolution' ? update.value.instances.length : undefined;
}

/** Cuts it off, and returns when it knows. */
async function loseLeader(house: RegistryOverGrpc): Promise<void> {
  using stream = watchWeb(house);
  await nextCount(stream);
  const end = stream.next();
  house.member.cutOff();
  await expect(end).rejects.toMatchObject(LOST);
}

/** It ends as its registry is cut off, which is led again for almost as long as its lease lives. */
async function cutAndHeal(house: RegistryOverGrpc, stream: SessionUnderTest): Promise<void> {
  const end = stream.next();
  house.member.cutOff();
  await expect(end).rejects.toMatchObject(LOST);
  await until(() => house.load.sessions === 0);
  house.member.rejoin();
  await house.clock.advance(9_000);
}

describe('a session at a registry that loses its leader', () => {
  it('ends at once, and nothing is said of it: its lease decides', async () => {
    await using house = await registryOverGrpc();
    using stream = house.session();
    await open(stream);
    await register(stream, 'a');
    await cutAndHeal(house, stream);
    expect(await idsOf(house)).toEqual(['a']);
    await house.clock.advance(3_000);
    expect(await idsOf(house, true)).toEqual([]);
  });

  it('goes on once there is a leader again', async () => {
    await using house = await registryOverGrpc();
    using first = house.session();
    const { lease } = await open(first);
    await register(first, 'a');
    const end = first.next();
    house.member.cutOff();
    await expect(end).rejects.toMatchObject(LOST);
    house.member.rejoin();
    using second = house.session();
    expect(await open(second, lease)).toMatchObject({ lease, resumed: true });
    for (let round = 0; round < 5; round += 1) {
      await house.clock.advance(9_000);
      await ask(second, { $case: 'renew', value: {} });
    }
    expect(await idsOf(house)).toEqual(['a']);
  });

  it('does not wait for what is being answered', async () => {
    await using house = await registryOverGrpc();
    using stream = house.session();
    await open(stream);
    house.member.keepsAlive = false;
    stream.send({ id: 2n, request: { $case: 'renew', value: {} } });
    const end = stream.next();
    await until(() => house.member.unanswered === 1);
    house.member.cutOff();
    await expect(end).rejects.toMatchObject(LOST);
  });

  it('fails to open at once, new or resumed', async () => {
    await using house = await registryOverGrpc();
    using first = house.session();
    const { lease } = await open(first);
    await loseLeader(house);
    using second = house.session();
    await expect(open(second)).rejects.toMatchObject(LOST);
    using third = house.session();
    await expect(open(third, lease)).rejects.toMatchObject(LOST);
  });

  it("that is an agent's says nothing of the host", async () => {
    await using house = await registryOverGrpc();
    using stream = house.session();
    const node = { name: 'host-1', address: '10.0.0.1', metadata: {} };
    const host = { agentId: 'agent-1', deregisterAfterSeconds: 60 };
    await ask(stream, { $case: 'open', value: { resumeLease: 0n, ttlSeconds: 10, node, host } });
    await register(stream, 'a');
    await cutAndHeal(house, stream);
    expect(await idsOf(house)).toEqual(['a']);
    await house.clock.advance(3_000);
    expect([await idsOf(house), await idsOf(house, true)]).toEqual([[], ['a']]);
  });
});

describe('a watch stream at a registry that loses its leader', () => {
  it('ends at once, and leaves nothing behind', async () => {
    await using house = await registryOverGrpc();
    using stream = watchWeb(house);
    expect(await nextCount(stream)).toBe(0);
    const end = stream.next();
    house.member.cutOff();
    await expect(end).rejects.toMatchObject(LOST);
    await until(() => house.load.subscriptions === 0);
  });

  it('tells a client that comes then what is known, and lets it look on after a while', async () => {
    await using house = await registryOverGrpc();
    await house.client.register({ registration: instance('web', 'a'), checks: [] });
    await loseLeader(house);
    using stream = watchWeb(house);
    expect(await nextCount(stream)).toBe(1);
    const end = stream.next();
    await house.clock.advance(UNLED_STREAM_MS - 1);
    expect(house.load.subscriptions).toBe(1);
    await house.clock.advance(1);
    await expect(end).rejects.toMatchObject(LOST);
  });

  it('goes on when there is a leader by then', async () => {
    await using house = await registryOverGrpc();
    await loseLeader(house);
    using stream = watchWeb(house);
    expect(await nextCount(stream)).toBe(0);
    house.member.rejoin();
    await house.clock.advance(LOOK_AGAIN_MS + UNLED_STREAM_MS);
    await house.client.register({ registration: instance('web', 'a'), checks: [] });
    expect(await nextCount(stream)).toBe(1);
  });
});
