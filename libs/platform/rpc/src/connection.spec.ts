import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttp2Server, constants } from 'node:http2';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect, type Connection } from './connection.ts';
import { createClient } from './client.ts';
import { startRpcServer } from './server.ts';
import { EchoService } from './testing/echo.ts';
import { loopbackOn } from './testing/harness.ts';

const loopback = loopbackOn(startRpcServer);

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = addressOf(server.address());
  server.close();
  await once(server, 'close');
  return port;
}

function addressOf(address: string | AddressInfo | null): AddressInfo {
  if (typeof address !== 'object' || address === null) throw new TypeError('not a TCP address');
  return address;
}

const failureOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);
const guard = (): AbortSignal => AbortSignal.timeout(20_000);

describe('a refused connection', () => {
  it('is said at once, and that the server cannot have begun the call', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    await using connection = connect(address);
    const client = createClient(EchoService, connection);
    const expected = { code: 'RPC_NOT_CONNECTED', kind: 'unavailable', reachedServer: false };
    await expect(failureOf(client.unary({ text: '' }))).resolves.toMatchObject(expected);
    await expect(failureOf(Array.fromAsync(client.serverStream({ text: '' })))).resolves.toMatchObject(expected);
    await expect(failureOf(connection.ready(guard()))).resolves.toMatchObject(expected);
  });

  it('of a name that does not exist, too', async () => {
    await using connection = connect('no-such-host.invalid:1');
    await expect(failureOf(connection.ready(guard()))).resolves.toMatchObject({ reachedServer: false });
  });

  it('a peer that starts later on the same address is found by itself', async () => {
    const port = await freePort();
    await using connection = connect(`127.0.0.1:${port}`);
    await failureOf(connection.ready(guard()));
    await using house = await loopback({ server: { bind: { host: '127.0.0.1', port } } });
    await untilReady(connection);
    const client = createClient(EchoService, connection);
    await expect(client.unary({ text: house.address })).resolves.toEqual({ text: `127.0.0.1:${port}` });
  });

  it('waiting ends with the signal', async () => {
    // Accepts and stays silent, so the connection neither opens nor fails.
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    await using connection = connect(`127.0.0.1:${addressOf(silent.address()).port}`);
    const abort = new AbortController();
    const waiting = [connection.ready(abort.signal), connection.ready(abort.signal)];
    abort.abort(new RangeError('enough'));
    for (const each of waiting) await expect(each).rejects.toThrow('enough');
    silent.close();
  });
});

async function untilReady(connection: Connection): Promise<void> {
  const end = guard();
  while (!end.aborted) {
    const failure = await failureOf(connection.ready(end));
    if (failure === undefined) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('did not reconnect');
}

describe('a peer killed in the middle of a call', () => {
  it('has been reached', async () => {
    const script = fileURLToPath(new URL('./testing/silent-server.ts', import.meta.url));
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'], env: {} });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const port = await lines.next();
    await using connection = connect(`127.0.0.1:${String(port.value)}`);
    const client = createClient(EchoService, connection);
    const calls = [client.unary({ text: '' }), Array.fromAsync(client.serverStream({ text: '' }))].map(failureOf);
    await lines.next();
    await lines.next();
    child.kill('SIGKILL');
    for (const each of calls) await expect(each).resolves.toMatchObject({ kind: 'unavailable', reachedServer: true });
    await once(child, 'close');
    // From here on it is gone, and that is known.
    await expect(failureOf(client.unary({ text: '' }))).resolves.toMatchObject({
      kind: 'unavailable',
      reachedServer: false,
    });
  });
});

describe('a peer that refuses streams', () => {
  it('has not begun the call', async () => {
    let streams = 0;
    const server = createHttp2Server();
    server.on('stream', (stream) => {
      streams += 1;
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    {
      await using connection = connect(`127.0.0.1:${addressOf(server.address()).port}`);
      const client = createClient(EchoService, connection);
      await expect(failureOf(client.unary({ text: '' }))).resolves.toMatchObject({
        kind: 'unavailable',
        reachedServer: false,
      });
      // grpc-js itself repeats such a stream once.
      expect(streams).toBe(2);
    }
    server.close();
  });
});
