import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { VirtualClock } from '@portolan/virtual-world';
import { exchangeBytes, open, reader } from '../testing/client.ts';
import { RESPONSE_TIMEOUT_MS, startGateway } from '../testing/running-gateway.ts';
import { nowhere, startUpstream, type Upstream } from '../testing/upstream.ts';

const UPGRADE = [
  'GET /shop/live?x=1 HTTP/1.1',
  'Host: a',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  '',
  '',
].join('\r\n');

/** Speaks the other protocol by shouting back. */
async function startShouting(): Promise<Upstream> {
  const upstream = await startUpstream();
  upstream.onUpgrade((request, socket) => {
    const key = request.headers['sec-websocket-key'] ?? '';
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n` +
        `X-Asked: ${request.url ?? ''} ${request.headers['x-forwarded-prefix'] as string}\r\n\r\n`,
    );
    socket.on('data', (bytes: Buffer) => socket.write(bytes.toString().toUpperCase()));
    socket.on('end', () => socket.end());
    socket.on('error', () => undefined);
  });
  return upstream;
}

describe('a WebSocket', () => {
  it('is tunnelled to an instance that takes it, after those that refuse, bytes in both directions', async () => {
    await using gateway = await startGateway();
    await using shouting = await startShouting();
    gateway.directory.set('shop', { a: await nowhere(), b: shouting.address });
    const record = gateway.recorded();
    const client = await open(gateway.server.port);
    const until = reader(client);
    client.write(UPGRADE);
    const head = await until('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(head).toMatch(/upgrade: websocket/i);
    expect(head).toMatch(/s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
    expect(head).toContain('/live?x=1 /shop');
    for (const word of ['ahoy', 'there']) {
      client.write(word);
      expect(await until(word.toUpperCase())).toBe(word.toUpperCase());
    }
    client.end();
    expect(await record).toMatchObject({ status: 101, endpoint: 'b', route: '*/shop/*' });
  });

  it('that is declined gets the ordinary answer of the instance', async () => {
    await using gateway = await startGateway();
    await using plain = await startUpstream((_request, response) => {
      response.writeHead(426, { connection: 'close' }).end('not here');
    });
    gateway.directory.set('shop', { a: plain.address });
    expect(await exchangeBytes(gateway.server.port, UPGRADE)).toMatch(/^HTTP\/1\.1 426 .*not here/s);
  });

  it('without a route or an instance gets a problem', async () => {
    await using gateway = await startGateway();
    const { port } = gateway.server;
    expect(await exchangeBytes(port, UPGRADE)).toMatch(/^HTTP\/1\.1 503 .*GATEWAY_NO_ENDPOINT/s);
    expect(await exchangeBytes(port, UPGRADE.replace('/shop', '/nix'))).toMatch(/^HTTP\/1\.1 404 .*GATEWAY_NO_ROUTE/s);
  });

  it('that is lost or not answered in time is a problem', async () => {
    const clock = new VirtualClock();
    await using gateway = await startGateway({ clock });
    const { port } = gateway.server;
    await using dying = await startUpstream();
    dying.onUpgrade((_request, socket) => {
      socket.destroy();
    });
    gateway.directory.set('shop', { a: dying.address });
    expect(await exchangeBytes(port, UPGRADE)).toMatch(/^HTTP\/1\.1 502 .*GATEWAY_UPSTREAM_FAILED/s);
    await using silent = await startUpstream();
    const arrived = Promise.withResolvers<undefined>();
    silent.onUpgrade(() => {
      arrived.resolve(undefined);
    });
    gateway.directory.set('shop', { b: silent.address });
    const answer = exchangeBytes(port, UPGRADE);
    await arrived.promise;
    await clock.advance(RESPONSE_TIMEOUT_MS);
    expect(await answer).toMatch(/^HTTP\/1\.1 504 .*GATEWAY_UPSTREAM_TIMEOUT/s);
  });

  it('ends with the instance, and is waited for, then cut, by a drain', async () => {
    const clock = new VirtualClock();
    await using gateway = await startGateway({ clock });
    await using shouting = await startShouting();
    gateway.directory.set('shop', { a: shouting.address });
    const client = await open(gateway.server.port);
    const until = reader(client);
    client.write(UPGRADE);
    await until('\r\n\r\n');
    const closed = once(client, 'close');
    const drained = gateway.server.drain(1_000);
    client.write('still');
    expect(await until('STILL')).toBe('STILL');
    await clock.advance(1_000);
    await closed;
    await drained;
  });
});
