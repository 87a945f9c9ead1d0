import { once } from 'node:events';
import type { Socket } from 'node:net';
import { VirtualClock } from '@portolan/virtual-world';
import { SWEEP_MS } from '../time-limits.ts';
import { Asking } from './testing/asking.ts';
import { eventually } from './testing/eventually.ts';
import { answers, hello, OK, startNode, startRaw } from './testing/node-server.ts';

describe('a request that a connection is lost with', () => {
  it.each([
    ['ends', (socket: Socket): unknown => socket.end()],
    ['is reset', (socket: Socket): unknown => socket.resetAndDestroy()],
  ])('may be sent again when a used connection %s before it is answered, not when a fresh one does', async (_, end) => {
    await using server = await startRaw((socket) => {
      answers(socket, OK, () => end(socket));
    });
    using asking = new Asking(server.port);
    await asking.get('/');
    const lost = asking.ask('/');
    expect(await lost.done).toMatchObject({ status: 502 });
    expect(lost.isReplayable).toBe(true);
    await using rude = await startRaw((socket) => {
      answers(socket, () => end(socket));
    });
    using other = new Asking(rude.port);
    const fresh = other.ask('/');
    expect(await fresh.done).toMatchObject({ status: 502, kind: 'unavailable' });
    expect(fresh.isReplayable).toBe(false);
    expect(other.pool.counters).toMatchObject({ requests: 1, requestsOpen: 0, requestsBroken: 1 });
  });

  it.each(['HTTP', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab', 'HTTP/1.1 100 Continue\r\n\r\n'])(
    'is not sent again once a byte of its response came: %j',
    async (part) => {
      await using server = await startRaw((socket) => {
        answers(socket, OK, () => socket.end(part));
      });
      using asking = new Asking(server.port);
      await asking.get('/');
      const lost = asking.ask('/');
      expect(await lost.done).toMatchObject({ code: 'HTTP1_CLOSED' });
      expect(lost).toMatchObject({ isReplayable: false, isWhole: false });
    },
  );

  it('is not sent again when its response is broken by a reset', async () => {
    const sockets: Socket[] = [];
    await using server = await startRaw((socket) => {
      sockets.push(socket);
      answers(socket, OK, 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab');
    });
    using asking = new Asking(server.port);
    await asking.get('/');
    const lost = asking.ask('/');
    await lost.until(() => lost.text === 'ab');
    sockets[0]?.resetAndDestroy();
    expect(await lost.done).toMatchObject({ code: 'HTTP_EXCHANGE_LOST', cause: { code: 'ECONNRESET' } });
    expect(lost).toMatchObject({ isReplayable: false, isWhole: false });
  });

  it('whose response ends with the connection is broken by a reset', async () => {
    await using server = await startRaw((socket) => {
      answers(socket, 'HTTP/1.1 200 OK\r\n\r\npart');
    });
    using asking = new Asking(server.port);
    const call = asking.ask('/');
    await call.until(() => call.text === 'part');
    call.wire?.socket.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    expect(await call.done).toMatchObject({ code: 'HTTP_EXCHANGE_LOST', cause: { code: 'ECONNRESET' } });
  });
});

describe('an exchange', () => {
  it('is all that HTTP/1.1 knows', async () => {
    await using server = await startNode((request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.writeHead(200, request.method === 'HEAD' ? {} : { trailer: 'sum' });
      let bytes = 0;
      request.on('data', (part: Buffer) => {
        bytes += part.length;
      });
      request.on('end', () => {
        response.write('some');
        if (request.method !== 'HEAD') response.addTrailers({ sum: String(bytes) });
        response.end('thing');
      });
    });
    using asking = new Asking(server.port);
    const content = Buffer.alloc(3_000_000, 'x');
    const call = await asking.get('/', { method: 'POST', content, fields: ['content-length', '3000000'] });
    expect(call).toMatchObject({ interims: [103], status: 200, text: 'something', trailers: { sum: '3000000' } });
    const chunks = await asking.get('/', { method: 'PUT', content });
    expect(chunks.trailers).toEqual({ sum: '3000000' });
    const head = await asking.get('/', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(asking.pool.counters).toMatchObject({ connections: 1, requests: 3, requestsBroken: 0 });
  });

  it('sends no more than the server takes, and takes no more than its caller', async () => {
    const reading = Promise.withResolvers<() => void>();
    await using server = await startNode((request, response) => {
      request.pause();
      reading.resolve(() => {
        request.pipe(response);
      });
    });
    using asking = new Asking(server.port);
    const content = Buffer.alloc(50_000_000, 'x');
    const call = asking.ask('/', { method: 'POST', content, isHeld: true });
    const read = await reading.promise;
    await eventually(() => call.wire?.socket.writableNeedDrain === true);
    expect(call.sent).toBeLessThan(25_000_000);
    read();
    // The server takes all that it can give back: nothing is left to go, and nobody takes the answer.
    await eventually(() => call.wire?.socket.isPaused() === true);
    expect(call.text).toBe('');
    call.wire?.resume();
    expect(await call.done).toBeUndefined();
    expect(call.text).toHaveLength(50_000_000);
  });

  it('may be answered before it has sent all, and is over when it has', async () => {
    await using server = await startRaw((socket) => {
      answers(socket, OK);
    });
    using asking = new Asking(server.port);
    const call = asking.ask('/', { method: 'POST', isOpen: true });
    await call.until(() => call.isWhole);
    expect(asking.pool.counters.requestsOpen).toBe(1);
    call.wire?.end();
    expect(await call.done).toBeUndefined();
    expect(asking.pool.room()).toBe(call.wire);
  });

  it('that is given up takes its connection with it, and the server sees it', async () => {
    const aborted = Promise.withResolvers<undefined>();
    await using server = await startNode((request) => {
      request.on('aborted', () => {
        aborted.resolve(undefined);
      });
    });
    using asking = new Asking(server.port);
    const call = asking.ask('/', { method: 'POST', isOpen: true });
    await eventually(() => call.wire !== undefined);
    call.wire?.data(Buffer.from('part'), 0, 4, false);
    await once(server.server, 'request');
    call.wire?.abort();
    expect(await call.done).toMatchObject({ kind: 'cancelled' });
    await aborted.promise;
    await eventually(() => asking.pool.counters.connectionsOpen === 0);
    expect(asking.pool.counters).toMatchObject({ requestsBroken: 1, requestsOpen: 0 });
  });

  it('ends as a tunnel after CONNECT and after Upgrade', async () => {
    await using server = await startNode(hello);
    server.server.on('connect', (_, socket) => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\nwelcome ');
      socket.pipe(socket);
    });
    server.server.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\nwelcome ');
      socket.pipe(socket);
    });
    using asking = new Asking(server.port);
    const connected = asking.ask('a:443', { method: 'CONNECT' });
    const upgraded = asking.ask('/', { fields: ['upgrade', 'chat'] });
    for (const call of [connected, upgraded]) {
      await call.until(() => call.text === 'welcome ');
      call.wire?.data(Buffer.from('\0back'), 0, 5, false);
      await call.until(() => call.text === 'welcome \0back');
      call.wire?.end();
      expect(await call.done).toBeUndefined();
      expect(call).toMatchObject({ hasTunnelEnded: true });
    }
    expect([connected.status, upgraded.status]).toEqual([200, 101]);
    await eventually(() => asking.pool.counters.connectionsOpen === 0);
    expect(asking.pool.counters).toMatchObject({ requestsBroken: 0, connectionErrors: 0 });
  });

  it('whose response is no HTTP fails as one of a bad gateway', async () => {
    await using server = await startRaw((socket) => {
      answers(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n');
    });
    using asking = new Asking(server.port);
    const call = asking.ask('/');
    expect(await call.done).toMatchObject({ code: 'HTTP1_MESSAGE', reason: 'content-length-repeated', status: 502 });
    expect(asking.pool.counters).toMatchObject({ connectionErrors: 1, requestsBroken: 1 });
  });
});

describe('a server that', () => {
  it('does not answer is given up as a gateway does, and one that is only slow is not', async () => {
    const clock = new VirtualClock();
    const sockets: Socket[] = [];
    await using server = await startRaw((socket) => {
      sockets.push(socket);
    });
    using asking = new Asking(server.port, { clock });
    const call = asking.ask('/');
    await eventually(() => sockets.length === 1 && asking.pool.counters.bytesWritten > 0);
    await clock.advance(59_000);
    sockets[0]?.write('HTTP/1.1 103 Early Hints\r\n\r\n');
    await call.until(() => call.interims.length === 1);
    await clock.advance(59_000);
    sockets[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no');
    await call.until(() => call.text === 'o');
    await clock.advance(59_000);
    expect(asking.pool.counters.timeOuts).toBe(0);
    await clock.advance(1_000 + SWEEP_MS);
    expect(await call.done).toMatchObject({ code: 'HTTP1_TIMEOUT', status: 504 });
    expect(call.isReplayable).toBe(false);
    expect(asking.pool.counters).toMatchObject({ timeOuts: 1, requestsBroken: 1 });
  });

  it('waits for the end of a request owes nothing', async () => {
    const clock = new VirtualClock();
    await using server = await startNode((request, response) => {
      request.on('end', () => {
        response.end('all');
      });
      request.resume();
    });
    using asking = new Asking(server.port, { clock });
    const call = asking.ask('/', { method: 'POST', isOpen: true });
    await eventually(() => asking.pool.counters.bytesWritten > 0);
    await clock.advance(600_000);
    call.wire?.end();
    expect(await call.done).toBeUndefined();
    expect(call.text).toBe('all');
  });

  it('takes nothing of a request is given up', async () => {
    const clock = new VirtualClock();
    await using server = await startRaw((socket) => {
      socket.once('data', () => {
        socket.write(OK);
        socket.pause();
      });
    });
    using asking = new Asking(server.port, { clock });
    await asking.get('/');
    const call = asking.ask('/', { method: 'POST', content: Buffer.alloc(50_000_000) });
    await eventually(() => call.wire?.socket.writableNeedDrain === true);
    await clock.advance(30_000 + 2 * SWEEP_MS);
    expect(await call.done).toMatchObject({ code: 'HTTP_EXCHANGE_LOST' });
    expect(call.isReplayable).toBe(false);
  });

  it('listens at no address that there is cannot be reached', async () => {
    using asking = new Asking(1, { host: 'no.such.host.invalid' });
    expect(await asking.ask('/').done).toMatchObject({ code: 'HTTP_CONNECT_FAILED' });
  });
});
