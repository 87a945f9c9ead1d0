import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { createClient, RpcError } from '@portolan/rpc';
import { CatalogServiceService } from '@portolan/contracts/catalog';
import { connected } from '../testing/connected.ts';
import { StandInRegistry } from '../testing/stand-in-registry.ts';
import { until, untilAfter } from '../testing/until.ts';
import { RegistryChannel, WAIT_MS } from './registry-channel.ts';
import { CONNECT_MS } from './registry-link.ts';

const NEVER = new AbortController().signal;

/** Where nothing listens any more. */
async function nowhere(): Promise<string> {
  const registry = await StandInRegistry.start();
  await registry.stop();
  return registry.address;
}

/** Accepts connections and never says a word. */
async function silent(): Promise<{ readonly address: string; readonly server: Server } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const address = `127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`;
  return {
    address,
    server,
    [Symbol.asyncDispose]: async () => {
      server.close();
      // grpc-js goes on waiting for the first word on a connection, also when its channel is closed.
      for (const socket of sockets) socket.destroy();
    },
  };
}

const list = (channel: RegistryChannel, options?: object): Promise<unknown> =>
  createClient(CatalogServiceService, channel).listNodes({}, options);

describe('the connection to the registry', () => {
  it('is made to whichever address answers; a refused one leads to the next at once', async () => {
    await using registry = await StandInRegistry.start();
    await using base = connected(await nowhere(), await nowhere(), registry);
    // Time stands still: no delay is waited for.
    const connection = await base.link.connected(NEVER);
    expect(connection.address).toBe(registry.address);
    expect(base.link.state).toBe('connected');
  });

  it('passes over an address that accepts and says nothing', async () => {
    await using deaf = await silent();
    await using registry = await StandInRegistry.start();
    await using base = connected(deaf.address, registry.address);
    await untilAfter(base.clock, CONNECT_MS, () => base.link.state === 'connected');
    expect(base.link.current?.address).toBe(registry.address);
  });

  it('is tried for again and again, with growing delays, said once in the log', async () => {
    const address = await nowhere();
    await using base = connected(address);
    await until(() => base.link.state === 'away');
    for (let round = 0; round < 5; round += 1) await base.clock.advance(2_000);
    expect(base.log.at('warn')).toEqual(['no registry answers; trying on']);
    await using registry = await StandInRegistry.start({ port: Number(address.split(':')[1]) });
    await untilAfter(base.clock, 1_000, () => base.link.state === 'connected');
    expect(base.link.current?.address).toBe(registry.address);
  });

  it('moves to another node when the one it is at is lost, and counts that', async () => {
    await using one = await StandInRegistry.start();
    await using other = await StandInRegistry.start();
    await using base = connected(one, other);
    const first = await base.link.connected(NEVER);
    base.link.lost(first, new Error('lost by the test'));
    expect(first.givenUp.aborted).toBe(true);
    await untilAfter(base.clock, 100, () => base.link.state === 'connected');
    expect(base.link.current?.address).not.toBe(first.address);
    expect(base.link.reconnects).toBe(1);
  });

  it('ends whoever waits for it when it is closed', async () => {
    const base = connected(await nowhere());
    const waiting = base.link.connected(NEVER);
    const gone = new AbortController();
    const impatient = base.link.connected(gone.signal);
    gone.abort(new Error('gone'));
    await expect(impatient).rejects.toThrow('gone');
    await Promise.all([
      expect(waiting).rejects.toMatchObject({ code: 'DISCOVERY_CLOSED' }),
      base[Symbol.asyncDispose](),
    ]);
    expect(base.clock.pending).toBe(0);
  });
});

describe('calls to the registry', () => {
  it('wait for a connection that is being made, and go over it', async () => {
    await using deaf = await silent();
    await using registry = await StandInRegistry.start();
    await using base = connected(deaf.address, registry);
    const answer = list(new RegistryChannel(base.link, base.clock));
    await untilAfter(base.clock, CONNECT_MS, () => base.link.state === 'connected');
    await expect(answer).resolves.toMatchObject({ incarnation: 'a' });
    expect(registry.calls).toBe(1);
  });

  it.each([
    ['its timeout', { timeoutMs: 300 }, 300],
    ['its deadline', { deadline: Date.UTC(2026, 0, 1) + 400 }, 400],
    ['5 s', {}, WAIT_MS],
  ])('say that there is no registry after %s', async (_what, options, ms) => {
    await using deaf = await silent();
    await using alsoDeaf = await silent();
    await using base = connected(deaf.address, alsoDeaf.address);
    const answer = list(new RegistryChannel(base.link, base.clock), options);
    const [, failure] = await Promise.all([base.clock.advance(ms), answer.catch((error: unknown) => error)]);
    expect(failure).toMatchObject({
      code: 'DISCOVERY_REGISTRY_UNAVAILABLE',
      kind: 'unavailable',
      reachedServer: false,
      fix: 'start a registry there, or name one that runs with --registry host:port',
    });
  });

  it('say so at once when no address answers, and as soon as that is known', async () => {
    await using base = connected(await nowhere());
    const channel = new RegistryChannel(base.link, base.clock);
    // Time stands still.
    const unavailable = { code: 'DISCOVERY_REGISTRY_UNAVAILABLE', reachedServer: false };
    await expect(list(channel)).rejects.toMatchObject(unavailable);
    expect(base.link.state).toBe('away');
    await expect(list(channel)).rejects.toMatchObject(unavailable);
  });

  it('can be cancelled while they wait', async () => {
    await using deaf = await silent();
    await using base = connected(deaf.address);
    const gone = new AbortController();
    const answer = list(new RegistryChannel(base.link, base.clock), { signal: gone.signal });
    gone.abort();
    await expect(answer).rejects.toMatchObject({ code: 'RPC_CANCELLED' });
  });

  it('that a node without a leader could not answer are made at another', async () => {
    await using one = await StandInRegistry.start();
    await using other = await StandInRegistry.start();
    await using base = connected(one, other);
    const { address } = await base.link.connected(NEVER);
    const [alone, well] = address === one.address ? [one, other] : [other, one];
    alone.failure = new RpcError('nobody leads', {
      code: 'RAFT_NO_LEADER',
      kind: 'unavailable',
      fix: 'ask another',
      reachedServer: true,
    });
    let answer: unknown;
    void list(new RegistryChannel(base.link, base.clock)).then((result) => {
      answer = result;
    });
    await untilAfter(base.clock, 100, () => answer !== undefined);
    expect([alone.calls, well.calls]).toEqual([1, 1]);
  });

  it('that never began at one node are made at another', async () => {
    await using one = await StandInRegistry.start();
    await using other = await StandInRegistry.start();
    await using base = connected(one, other);
    const { address } = await base.link.connected(NEVER);
    const [gone, stays] = address === one.address ? [one, other] : [other, one];
    await gone.stop();
    let answer: unknown;
    void list(new RegistryChannel(base.link, base.clock)).then((result) => {
      answer = result;
    });
    await untilAfter(base.clock, 100, () => answer !== undefined);
    expect(stays.calls).toBe(1);
  });
});
