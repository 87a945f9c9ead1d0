import type { Registration, Subscribe, WatchResponse } from '@portolan/contracts/catalog';
import { instance, open, ask, registryOverGrpc, until, type WatchUnderTest } from './testing/registry-over-grpc.ts';
import { SUBSCRIPTIONS_MAX } from './watch-stream.ts';

const queryOf = (service: string): Subscribe['subject'] => ({
  $case: 'query',
  value: { service, portName: '', tags: [], metadata: {}, includeUnhealthy: false },
});
const subscribe = (stream: WatchUnderTest, id: bigint, subject: Subscribe['subject']): void => {
  stream.send({ request: { $case: 'subscribe', value: { id, subject } } });
};
const request = (registration: Registration) => ({ registration, checks: [] });

/** What an answer says in short: `1: a b`. */
function brief(answer: WatchResponse | undefined): string {
  const said = (): string => {
    switch (answer?.update?.$case) {
      case 'resolution':
        return answer.update.value.instances.map(({ registration }) => registration?.id).join(' ');
      case 'services':
        return answer.update.value.services.map(({ name, healthy }) => `${name}=${String(healthy)}`).join(' ');
      case 'host':
        return answer.update.value.instances.map(({ registration }) => registration?.id).join(' ');
      case 'failed':
        return answer.update.value.code;
      case undefined:
        return 'nothing';
    }
  };
  return `${String(answer?.id)}: ${said()}`;
}

describe('a watch stream', () => {
  it('answers each subscription whole, now and at each change', async () => {
    await using house = await registryOverGrpc();
    using stream = house.watch();
    subscribe(stream, 1n, queryOf('web'));
    expect(brief(await stream.next())).toBe('1: ');
    await house.client.register(request(instance('web', 'a')));
    expect(brief(await stream.next())).toBe('1: a');
    await house.client.register(request(instance('web', 'b')));
    expect(brief(await stream.next())).toBe('1: a b');
    subscribe(stream, 2n, queryOf('other'));
    expect(brief(await stream.next())).toBe('2: ');
    subscribe(stream, 3n, { $case: 'services', value: {} });
    expect(brief(await stream.next())).toBe('3: web=2');
    await house.client.register(request(instance('other', 'c')));
    expect([brief(await stream.next()), brief(await stream.next())].sort()).toEqual(['2: c', '3: other=1 web=2']);
  });

  it('shows an instance that a session registers, and its end when the process dies', async () => {
    await using house = await registryOverGrpc();
    using stream = house.watch();
    subscribe(stream, 1n, queryOf('web'));
    expect(brief(await stream.next())).toBe('1: ');
    const session = house.session();
    await open(session);
    await ask(session, { $case: 'register', value: request(instance('web', 'a')) });
    expect(brief(await stream.next())).toBe('1: a');
    session.cancel();
    await until(() => house.load.sessions === 0);
    await house.clock.advance(1_000);
    expect(brief(await stream.next())).toBe('1: ');
  });

  it('says nothing more of what was unsubscribed, and counts what is left', async () => {
    await using house = await registryOverGrpc();
    using stream = house.watch();
    subscribe(stream, 1n, queryOf('web'));
    subscribe(stream, 2n, queryOf('other'));
    await stream.next();
    await stream.next();
    stream.send({ request: { $case: 'unsubscribe', value: { id: 1n } } });
    await until(() => house.load.subscriptions === 1);
    await house.client.register(request(instance('web', 'a')));
    await house.client.register(request(instance('other', 'b')));
    expect(brief(await stream.next())).toBe('2: b');
    stream.cancel();
    await until(() => house.load.subscriptions === 0);
  });

  it('lets a subscription fail alone, and its id be used again', async () => {
    await using house = await registryOverGrpc();
    using stream = house.watch();
    subscribe(stream, 1n, queryOf('no name'));
    expect(brief(await stream.next())).toBe('1: CATALOG_INVALID_REGISTRATION');
    subscribe(stream, 1n, undefined);
    expect(brief(await stream.next())).toBe('1: REGISTRY_EMPTY_REQUEST');
    subscribe(stream, 1n, queryOf('web'));
    expect(brief(await stream.next())).toBe('1: ');
  });

  it('goes on for a client that has nothing more to ask, until it has nothing more to say', async () => {
    await using house = await registryOverGrpc();
    using stream = house.watch();
    subscribe(stream, 1n, queryOf('web'));
    expect(brief(await stream.next())).toBe('1: ');
    stream.finish();
    await house.client.register(request(instance('web', 'a')));
    expect(brief(await stream.next())).toBe('1: a');
    using idle = house.watch();
    idle.finish();
    expect(await idle.next()).toBeUndefined();
  });

  it('ends when an id is used twice, or a message asks for nothing', async () => {
    await using house = await registryOverGrpc();
    using stream = house.watch();
    subscribe(stream, 1n, queryOf('web'));
    expect(brief(await stream.next())).toBe('1: ');
    subscribe(stream, 1n, queryOf('other'));
    await expect(stream.next()).rejects.toMatchObject({ code: 'REGISTRY_SUBSCRIPTION_EXISTS' });
    using empty = house.watch();
    empty.send({ request: undefined });
    await expect(empty.next()).rejects.toMatchObject({ code: 'REGISTRY_EMPTY_REQUEST' });
    await until(() => house.load.subscriptions === 0);
  });

  it('has room for so many subscriptions', async () => {
    await using house = await registryOverGrpc();
    using stream = house.watch();
    for (let id = 1n; id <= SUBSCRIPTIONS_MAX; id += 1n) subscribe(stream, id, queryOf(`s${String(id)}`));
    for (let count = 0; count < SUBSCRIPTIONS_MAX; count += 1) await stream.next();
    subscribe(stream, 9_999n, queryOf('web'));
    expect(brief(await stream.next())).toBe('9999: REGISTRY_TOO_MANY_SUBSCRIPTIONS');
    stream.send({ request: { $case: 'unsubscribe', value: { id: 1n } } });
    subscribe(stream, 9_999n, queryOf('web'));
    expect(brief(await stream.next())).toBe('9999: ');
  });

  it('ends when the node drains, so that the client goes elsewhere', async () => {
    await using house = await registryOverGrpc();
    using stream = house.watch();
    subscribe(stream, 1n, queryOf('web'));
    await stream.next();
    const end = stream.next();
    const drained = house.server.drain();
    await expect(end).rejects.toMatchObject({ code: 'REGISTRY_DRAINING', kind: 'unavailable' });
    await drained;
    expect(house.load.subscriptions).toBe(0);
  });
});
