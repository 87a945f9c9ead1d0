import { once } from 'node:events';
import { connect } from 'node:net';
import { jest } from '@jest/globals';
import { startAnswering } from './testing/answering.ts';
import { eventually } from './testing/eventually.ts';
import { Peer } from './testing/peer.ts';

const count = (text: string, part: string): number => text.split(part).length - 1;

describe('requests on one connection', () => {
  it('are answered one after another, and the connection stays', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.get('/hello');
    await peer.text('\r\n\r\nporto');
    peer.get('/bytes/3');
    await peer.text('\r\n\r\npor', 2);
    expect(peer.received).toBe(
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nportoHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\npor',
    );
    expect(server.counters).toMatchObject({ connections: 1, connectionsOpen: 1, requests: 2, requestsOpen: 0 });
    expect(server.counters.bytesWritten).toBe(peer.received.length);
  });

  it('that come in one read are answered in one write', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.get('/hello');
    await peer.text('porto');
    const write = jest.spyOn(server.handler.of('/hello').wire.socket, 'write');
    peer.send('GET /hello HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(100));
    await peer.text('porto', 101);
    expect(write).toHaveBeenCalledTimes(1);
    expect(server.handler.asked.every((asked) => asked.isClosed && asked.failure === undefined)).toBe(true);
  });

  it('wait for their turn while one is not answered, and none is lost', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.send('GET /hold HTTP/1.1\r\nhost: a\r\n\r\n', 'GET /hello HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(3));
    await server.handler.until(() => server.handler.asked.length === 1);
    server.handler.of('/hold').bytes(1);
    await peer.text('porto', 3);
    expect(peer.received.startsWith('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\npHTTP/1.1')).toBe(true);
  });

  it('that pile up are not read on, until their turn comes', async () => {
    await using server = await startAnswering({ limits: { pipelinedBytes: 1_000 } });
    using peer = await Peer.open(server.port);
    peer.get('/hold');
    await server.handler.until(() => server.handler.asked.length === 1);
    const { wire } = server.handler.of('/hold');
    const request = 'GET /hello HTTP/1.1\r\nhost: a\r\n\r\n';
    peer.send(request.repeat(40));
    await eventually(() => wire.socket.isPaused());
    peer.send(request.repeat(10_000));
    server.handler.of('/hold').hello();
    await peer.text('porto', 10_041);
    expect(server.counters).toMatchObject({ requests: 10_041, requestsBroken: 0, connectionErrors: 0 });
  });

  it('end with the connection when the client says so, and HTTP/1.0 unless it says otherwise', async () => {
    await using server = await startAnswering();
    using first = await Peer.open(server.port);
    first.get('/hello', 'connection: close');
    await first.closed;
    expect(first.received).toContain('connection: close\r\n\r\nporto');
    using old = await Peer.open(server.port);
    old.send('GET /hello HTTP/1.0\r\nconnection: keep-alive\r\n\r\n');
    await old.text('connection: keep-alive\r\n\r\nporto');
    old.send('GET /hello HTTP/1.0\r\n\r\n');
    await old.closed;
    expect(count(old.received, 'porto')).toBe(2);
  });

  it('that are no HTTP/1.1 are refused, and counted', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.send('GET /hello HTTP/1.1\r\nhost: a\r\n\r\nGET /hello HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n');
    await peer.until(() => peer.hasEnded);
    expect(peer.received).toMatch(/porto.*400 Bad Request.*connection: close.*several Host fields\n$/s);
    expect(server.counters).toMatchObject({ requests: 1, requestsBroken: 0, connectionErrors: 1 });
    expect(server.handler.of('/hello').failure).toBeUndefined();
  });
});

describe('content', () => {
  it('is sent when the client that waits for 100 is told so', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.send('POST /count HTTP/1.1', 'host: a', 'expect: 100-continue', 'content-length: 4', '', '');
    await peer.text('HTTP/1.1 100 Continue\r\n\r\n');
    peer.send('abcd');
    await peer.text('\r\n\r\n4');
    peer.send('POST /early HTTP/1.1', 'host: a', 'expect: 100-continue', 'content-length: 4', '', '');
    await peer.closed;
    expect(peer.received).toMatch(/413 Content Too Large.*connection: close/s);
  });

  it('is not taken faster than the client takes what comes back', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.socket.pause();
    peer.send('POST /echo HTTP/1.1', 'host: a', 'content-length: 33554432', '', '');
    const piece = Buffer.alloc(65_536, 'x');
    let sent = 0;
    while (peer.socket.write(piece)) sent += piece.length;
    await server.handler.until(() => server.handler.asked.length === 1);
    const asked = server.handler.of('/echo');
    const writing = (async (): Promise<void> => {
      for (sent += piece.length; sent < 33_554_432; sent += piece.length) {
        if (!peer.socket.write(piece)) await once(peer.socket, 'drain');
      }
    })();
    // Buffers of both sides and of the kernel are full now: nothing moves while the peer does not read.
    await server.handler.until(() => asked.isHeld);
    expect(asked.received).toBeLessThan(16_777_216);
    peer.socket.resume();
    await writing;
    await server.handler.until(() => asked.isClosed);
    await peer.text('\r\n0\r\n\r\n');
    expect(count(peer.received, 'x')).toBe(33_554_432);
    expect(asked).toMatchObject({ received: 33_554_432, failure: undefined });
  });

  it('is not taken while the handler takes none', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.send('POST /count HTTP/1.1', 'host: a', 'content-length: 10', '', 'abc');
    await server.handler.until(() => server.handler.asked[0]?.received === 3);
    const { wire } = server.handler.of('/count');
    wire.pause();
    await eventually(() => wire.socket.isPaused());
    peer.send('defghij');
    wire.resume();
    await peer.text('\r\n\r\n10');
    expect(wire.socket.isPaused()).toBe(false);
  });

  it('of a response goes on when the client takes more', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.get('/bytes/20000000');
    await peer.until(() => peer.received.length > 20_000_000);
    expect(server.handler.of('/bytes/20000000')).toMatchObject({ isClosed: true, failure: undefined });
    expect(server.counters.bytesWritten).toBe(peer.received.length);
  });

  it('that comes after the answer is dropped, and the connection is used again', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.send('POST /early HTTP/1.1', 'host: a', 'content-length: 5', '', '');
    await peer.text('content-length: 0');
    peer.send('abcdeGET /hello HTTP/1.1\r\nhost: a\r\n\r\n');
    await peer.text('porto');
    expect(server.handler.of('/early')).toMatchObject({ received: 0, failure: undefined });
  });
});

describe('a client that goes away', () => {
  it('in the middle of its request breaks it', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.send('POST /count HTTP/1.1', 'host: a', 'content-length: 10', '', 'abc');
    await server.handler.until(() => server.handler.asked.length === 1);
    peer.socket.end();
    await peer.closed;
    await server.handler.until(() => server.handler.gone.length === 1);
    expect(server.handler.of('/count')).toMatchObject({ isClosed: true, failure: { code: 'HTTP1_CLOSED' } });
    expect(server.counters).toMatchObject({ requestsOpen: 0, requestsBroken: 1, connectionsOpen: 0 });
  });

  it('in the middle of its response breaks it', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.get('/bytes/50000000');
    await peer.text('portolan');
    peer.socket.resetAndDestroy();
    await server.handler.until(() => server.handler.gone.length === 1);
    expect(server.handler.asked[0]).toMatchObject({ isClosed: true, failure: { code: 'HTTP_EXCHANGE_LOST' } });
    expect(server.counters).toMatchObject({ requestsOpen: 0, requestsBroken: 1, connectionsOpen: 0 });
  });

  it('with half of its connection is answered still', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.get('/hold');
    peer.socket.end();
    await server.handler.until(() => server.handler.asked[0]?.isHalfClosed === true);
    server.handler.of('/hold').hello();
    await peer.closed;
    expect(peer.received).toContain('porto');
    expect(server.counters).toMatchObject({ requestsBroken: 0 });
  });
});

describe('a handler that gives up', () => {
  it('breaks the response, so that the client sees it', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.get('/hold');
    await server.handler.until(() => server.handler.asked.length === 1);
    const { wire } = server.handler.of('/hold');
    wire.head(200, [], false);
    wire.data(Buffer.from('part'), 0, 4, false);
    await peer.text('part');
    wire.abort();
    await peer.closed;
    expect(peer.received.endsWith('4\r\npart\r\n')).toBe(true);
    expect(server.handler.of('/hold').failure).toMatchObject({ code: 'HTTP_EXCHANGE_LOST', kind: 'cancelled' });
  });

  it('resets a client of HTTP/1.0, to whom the end is the end of the content', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.send('GET /hold HTTP/1.0\r\n\r\n');
    await server.handler.until(() => server.handler.asked.length === 1);
    const { wire } = server.handler.of('/hold');
    wire.head(200, [], false);
    wire.data(Buffer.from('part'), 0, 4, false);
    await peer.text('part');
    wire.abort();
    await peer.closed;
    expect(peer.error).toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('what is no HTTP', () => {
  it.each([
    ['Upgrade', 'GET /tunnel HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\n', '101 Switching'],
    ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n', '200 OK'],
  ])('goes both ways after %s, and each side ends by itself', async (_, request, status) => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.send(`${request}first`);
    await peer.text('first');
    expect(peer.received).toContain(`HTTP/1.1 ${status}`);
    peer.send('\0\n second');
    await peer.text('\0\n second');
    peer.socket.end('last');
    await peer.closed;
    expect(peer.received.endsWith('\r\n\r\nfirst\0\n secondlast')).toBe(true);
    expect(server.handler.asked[0]).toMatchObject({ isClosed: true, failure: undefined });
    expect(server.counters).toMatchObject({ requests: 1, requestsOpen: 0, requestsBroken: 0, connectionErrors: 0 });
  });

  it('is taken on when our side has ended', async () => {
    await using server = await startAnswering();
    const socket = connect({ host: '127.0.0.1', port: server.port, allowHalfOpen: true });
    using peer = new Peer(socket);
    peer.send('CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n');
    await peer.text('200');
    const [asked] = server.handler.asked;
    asked?.wire.end();
    await peer.until(() => peer.hasEnded);
    peer.send('still here');
    await server.handler.until(() => asked?.received === 10);
    expect(server.counters.requestsOpen).toBe(1);
    socket.end();
    await peer.closed;
    await server.handler.until(() => asked?.isClosed === true);
    expect(asked?.failure).toBeUndefined();
  });

  it('is not h2c: such an upgrade is answered as HTTP/1.1', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.get('/hello', 'connection: upgrade, http2-settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQAAP__');
    await peer.text('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nporto');
    peer.get('/hello');
    await peer.text('porto', 2);
    expect(server.counters).toMatchObject({ requests: 2, requestsBroken: 0 });
  });

  it('is a broken exchange when it breaks', async () => {
    await using server = await startAnswering();
    using peer = await Peer.open(server.port);
    peer.send('CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n');
    await peer.text('200');
    peer.socket.resetAndDestroy();
    await server.handler.until(() => server.handler.gone.length === 1);
    expect(server.handler.asked[0]?.failure).toMatchObject({ code: 'HTTP_EXCHANGE_LOST' });
  });
});

describe('a drain', () => {
  it('closes idle connections at once, and others behind their exchange', async () => {
    await using server = await startAnswering();
    using idle = await Peer.open(server.port);
    idle.get('/hello');
    await idle.text('porto');
    using fresh = await Peer.open(server.port);
    using busy = await Peer.open(server.port);
    busy.send('GET /hold HTTP/1.1\r\nhost: a\r\n\r\nGET /hello HTTP/1.1\r\nhost: a\r\n\r\n');
    await server.handler.until(() => server.handler.asked.length === 2);
    const drained = server.server.drain();
    await idle.closed;
    await fresh.closed;
    server.handler.of('/hold').hello();
    await busy.closed;
    await drained;
    expect(busy.received).toBe('HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nporto');
    expect(server.handler.asked).toHaveLength(2);
    expect(server.counters).toMatchObject({ connections: 3, connectionsOpen: 0, requestsBroken: 0 });
  });
});
