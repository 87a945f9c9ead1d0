import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createSeededRng, parsePrincipal } from '@portolan/kernel';
import { connect, RpcError } from '@portolan/rpc';
import { systemClock } from '@portolan/runtime';
import { VirtualClock } from '@portolan/virtual-world';
import { Attempts, mayHaveReached, typedError } from './attempts.ts';
import { createKvClient } from './kv-client.ts';

/** A port that nobody listens on: taken, then given back. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('createKvClient', () => {
  it('ends a request to an absent registry inside its time, as unavailable or late', async () => {
    await using channel = connect(`127.0.0.1:${await freePort()}`, {});
    await using store = createKvClient(channel, { clock: systemClock, rng: createSeededRng(1), timeoutMs: 300 });
    const failure: unknown = await store.leases({ principal: parsePrincipal('service:test') }).then(
      () => 'answered',
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ kind: expect.stringMatching(/^(unavailable|deadline)$/) as string });
  });
});

describe('a request to a registry that is unavailable', () => {
  const unavailable = new RpcError('away', { code: 'AWAY', kind: 'unavailable', fix: 'wait', reachedServer: false });

  it.each<[{ timeoutMs: number; retryMs?: number }, number]>([
    [{ timeoutMs: 300 }, 250],
    [{ timeoutMs: 300, retryMs: 100 }, 50],
    [{ timeoutMs: 300, retryMs: 0 }, 0],
  ])('is repeated for as long as %j says', async (options, least) => {
    const clock = new VirtualClock();
    const begun = clock.now();
    const at: number[] = [];
    // Delays as long as backoff makes them.
    const rng = { below: (bound: number) => bound - 1, float: () => 0.999 };
    const answer = new Attempts({ ...options, clock, rng }).run('always', undefined, () => {
      at.push(clock.now() - begun);
      return Promise.reject(unavailable);
    });
    const failure = answer.catch((error: unknown) => error);
    await clock.advance(300);
    expect(await failure).toBe(unavailable);
    const last = Math.max(...at);
    expect(last).toBeLessThanOrEqual(options.retryMs ?? options.timeoutMs);
    expect(last).toBeGreaterThanOrEqual(least / 2);
    expect(at.length > 1).toBe(least > 0);
  });
});

describe('what a channel throws', () => {
  it('stays what it is when it is no error of the store, and may have reached the server', () => {
    const error = new Error('wire cut');
    expect(typedError(error)).toBe(error);
    expect(mayHaveReached(error)).toBe(true);
  });
});
