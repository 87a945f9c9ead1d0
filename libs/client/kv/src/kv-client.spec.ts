import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createSeededRng, parsePrincipal } from '@portolan/kernel';
import { connect } from '@portolan/rpc';
import { systemClock } from '@portolan/runtime';
import { mayHaveReached, typedError } from './attempts.ts';
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

describe('what a channel throws', () => {
  it('stays what it is when it is no error of the store, and may have reached the server', () => {
    const error = new Error('wire cut');
    expect(typedError(error)).toBe(error);
    expect(mayHaveReached(error)).toBe(true);
  });
});
