import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ServerResponse } from 'node:http';
import { VirtualClock } from '@portolan/virtual-world';
import { CONNECT_MS } from '../dial.ts';
import { SWEEP_MS } from '../time-limits.ts';
import { WAITERS_MAX } from '../waiter-queue.ts';
import { Asking, type Call } from './testing/asking.ts';
import { eventually } from './testing/eventually.ts';
import { answers, hello, OK, startNode, startRaw } from './testing/node-server.ts';

describe('a pool', () => {
  it('asks again on the same connection', async () => {
    await using server = await startNode(hello);
    using asking = new Asking(server.port);
    const first = await asking.get('/');
    const second = await asking.get('/');
    expect(second).toMatchObject({ status: 200, text: 'hello', isWhole: true });
    expect(second.wire).toBe(first.wire);
    expect(asking.pool.counters).toMatchObject({ connections: 1, requests: 2, requestsOpen: 0, requestsBroken: 0 });
  });

  it('uses the connection that was used last', async () => {
    await using server = await startNode(hello);
    using asking = new Asking(server.port);
    const calls = [asking.ask('/'), asking.ask('/'), asking.ask('/')];
    const order: Call[] = [];
    await Promise.all(calls.map((call) => call.done.then(() => order.push(call))));
    const last = order.at(-1);
    for (let time = 0; time < 5; time += 1) expect((await asking.get('/')).wire).toBe(last?.wire);
    expect(asking.pool.counters).toMatchObject({ connections: 3, connectionsOpen: 3 });
  });

  it('opens so many connections, and whoever comes then waits in turn', async () => {
    let waiting: ServerResponse[] = [];
    await using server = await startNode((_, response) => {
      waiting.push(response);
      if (waiting.length < 2) return;
      for (const one of waiting) one.end('hello');
      waiting = [];
    });
    using asking = new Asking(server.port, { connectionsMax: 2 });
    const order: string[] = [];
    const calls = Array.from({ length: 50 }, (_, index) => asking.ask(`/${index}`));
    await Promise.all(calls.map((call) => call.done.then(() => order.push(call.target))));
    expect(order.map((target) => Math.abs(Number(target.slice(1)) - order.indexOf(target)) <= 1)).not.toContain(false);
    expect(asking.pool.counters).toMatchObject({ connections: 2, requests: 50 });
  });

  it('lets so many wait, and the next is refused; who no longer waits is not served', async () => {
    await using server = await startNode(hello);
    using asking = new Asking(server.port, { connectionsMax: 1 });
    const calls = Array.from({ length: WAITERS_MAX }, () => asking.ask('/'));
    expect(await asking.ask('/').done).toMatchObject({ code: 'HTTP_POOL_BUSY', kind: 'exhausted' });
    const [, gone] = calls;
    if (gone !== undefined) asking.pool.forget(gone);
    await Promise.all(calls.filter((call) => call !== gone).map((call) => call.done));
    expect(gone?.wire).toBeUndefined();
    expect(asking.pool.counters.requests).toBe(WAITERS_MAX - 1);
  });

  it('goes on with whoever waits when a connection is lost', async () => {
    await using server = await startRaw((socket) => {
      answers(socket, OK, () => socket.destroy());
    });
    // On a clock that stands still: nobody waits for a sweep.
    using asking = new Asking(server.port, { connectionsMax: 1, clock: new VirtualClock() });
    const calls = Array.from({ length: 6 }, () => asking.ask('/'));
    const failures = await Promise.all(calls.map((call) => call.done));
    expect(failures.map((failure) => failure === undefined)).toEqual([true, false, true, false, true, false]);
    expect(calls.map((call) => call.isReplayable)).toEqual([false, true, false, true, false, true]);
  });

  it('opens nothing more when it drains, and ends what is idle now and the rest behind its exchange', async () => {
    const answer = Promise.withResolvers<() => void>();
    await using server = await startNode((request, response) => {
      if (request.url === '/idle') response.end();
      else
        answer.resolve(() => {
          response.end('late');
        });
    });
    using asking = new Asking(server.port);
    const busy = asking.ask('/busy');
    const finish = await answer.promise;
    await asking.get('/idle');
    const full = new Asking(server.port, { connectionsMax: 0 });
    const waiting = full.ask('/never');
    full.pool.drain();
    expect(await waiting.done).toMatchObject({ code: 'HTTP_POOL_CLOSED' });
    asking.pool.drain();
    expect(await asking.ask('/').done).toMatchObject({ code: 'HTTP_POOL_CLOSED', kind: 'cancelled' });
    await eventually(() => asking.pool.counters.connectionsOpen === 1);
    finish();
    await busy.done;
    expect(busy.text).toBe('late');
    await eventually(() => asking.pool.counters.connectionsOpen === 0);
  });

  it('breaks what is under way when it is destroyed', async () => {
    await using server = await startNode(() => undefined);
    using asking = new Asking(server.port);
    const call = asking.ask('/');
    await eventually(() => call.wire !== undefined);
    asking.pool.destroy();
    expect(await call.done).toMatchObject({ code: 'HTTP_EXCHANGE_LOST', kind: 'cancelled' });
    expect(call.isReplayable).toBe(false);
  });
});

describe('an idle connection', () => {
  it.each([
    ['the 4 s that Node’s servers can be trusted for', {}, 4_000],
    ['less when its server says so', { keepAliveTimeout: 3_000, keepAliveTimeoutBuffer: 0 }, 2_000],
    [
      'not at all when its server says that it hardly keeps it',
      { keepAliveTimeout: 1_000, keepAliveTimeoutBuffer: 0 },
      0,
    ],
  ])('is used for %s', async (_, options, idleMs) => {
    await using server = await startNode(hello, options);
    const clock = new VirtualClock();
    using asking = new Asking(server.port, { clock });
    await asking.get('/');
    if (idleMs > 0) {
      await clock.advance(idleMs - 1);
      expect(asking.pool.room()).toBeDefined();
      await clock.advance(1);
    }
    expect(asking.pool.room()).toBeUndefined();
    await eventually(() => asking.pool.counters.connectionsOpen === 0);
    await asking.get('/');
    expect(asking.pool.counters).toMatchObject({ connections: 2, requestsBroken: 0, timeOuts: 0 });
  });

  it('closes when it is old, also when nobody asks', async () => {
    await using server = await startNode(hello);
    const clock = new VirtualClock();
    using asking = new Asking(server.port, { clock });
    await asking.get('/');
    await clock.advance(4_000 + SWEEP_MS);
    await eventually(() => asking.pool.counters.connectionsOpen === 0);
    expect(clock.pending).toBeLessThanOrEqual(1);
    await clock.advance(SWEEP_MS);
    expect(clock.pending).toBe(0);
  });

  it('that its server closes, or speaks on unasked, is not used again', async () => {
    const sockets: Socket[] = [];
    await using server = await startRaw((socket) => {
      sockets.push(socket);
      answers(socket, OK);
    });
    using asking = new Asking(server.port);
    await asking.get('/');
    sockets[0]?.end();
    await eventually(() => asking.pool.counters.connectionsOpen === 0);
    await asking.get('/');
    sockets[1]?.write('HTTP/1.1 408 Request Timeout\r\n\r\n');
    await eventually(() => asking.pool.counters.connectionsOpen === 0);
    await asking.get('/');
    expect(asking.pool.counters).toMatchObject({ connections: 3, requestsBroken: 0 });
  });
});

describe('a server that is away', () => {
  it('is tried again later and later, and whoever asks meanwhile is told at once', async () => {
    const clock = new VirtualClock();
    const port = await (async (): Promise<number> => {
      await using server = await startNode(hello);
      return server.port;
    })();
    using asking = new Asking(port, { clock });
    expect(await asking.ask('/').done).toMatchObject({ code: 'HTTP_CONNECT_FAILED', kind: 'unavailable' });
    for (const backoffMs of [100, 200, 400, 800, 1_600, 2_000, 2_000]) {
      const first = await asking.ask('/').done;
      await clock.advance(backoffMs - 1);
      expect(await asking.ask('/').done).toBe(first);
      await clock.advance(1);
      expect(await asking.ask('/').done).not.toBe(first);
    }
    const many = await Promise.all(Array.from({ length: 20 }, () => asking.ask('/').done));
    expect(new Set(many).size).toBe(1);
  });

  it('counts attempts that fail together once, and is used as soon as it is back', async () => {
    const clock = new VirtualClock();
    await using taken = await startNode(hello);
    const { port } = taken;
    await taken[Symbol.asyncDispose]();
    using asking = new Asking(port, { clock });
    const failures = await Promise.all(Array.from({ length: 20 }, () => asking.ask('/').done));
    expect(failures.every((failure) => failure?.code === 'HTTP_CONNECT_FAILED')).toBe(true);
    taken.server.listen(port, '127.0.0.1');
    await once(taken.server, 'listening');
    await clock.advance(100);
    expect(await asking.get('/')).toMatchObject({ text: 'hello' });
  });

  it('and does not shake hands in time is given up', async () => {
    const clock = new VirtualClock();
    await using silent = await startRaw(() => undefined);
    using asking = new Asking(silent.port, { clock, tls: {} });
    const call = asking.ask('/');
    await eventually(() => silent.server.listening);
    await clock.advance(CONNECT_MS);
    expect(await call.done).toMatchObject({
      code: 'HTTP_CONNECT_FAILED',
      cause: { message: `no HTTP/1.1 connection within ${CONNECT_MS} ms` },
    });
  });
});
