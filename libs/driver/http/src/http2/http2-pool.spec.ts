import { createServer } from 'node:net';
import { once } from 'node:events';
import { VirtualClock } from '@portolan/virtual-world';
import { CONNECT_MS } from '../dial.ts';
import { eventually } from '../http1/testing/eventually.ts';
import { RECONNECT_MS, RECONNECT_MS_MAX } from '../reconnect.ts';
import { startAnswering } from '../testing/answering.ts';
import { AskingPool, type Ending } from '../testing/asking.ts';
import { block, data, FLAG, frame, reset, TYPE, uint32 } from '../testing/frames.ts';
import { AUTHORITY, IDENTITY } from '../testing/identity.ts';
import { isHead, startRawServer, type RawConnection } from '../testing/raw-server.ts';
import { WAITERS_MAX } from '../waiter-queue.ts';

const MAX_STREAMS = 3;
const answered: Ending = { kind: 'answered', status: 200, bytes: 5 };
const OK = block([':status', '200']);

const answer = (stream: number): Buffer =>
  Buffer.concat([frame(TYPE.headers, FLAG.endHeaders, stream, OK), data(stream, Buffer.from('hello'), true)]);
const goaway = (last: number): Buffer => frame(TYPE.goaway, 0, 0, Buffer.concat([uint32(last), uint32(0)]));

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

it('opens a connection when it is wanted, uses it for all, and closes it when it is told to', async () => {
  await using served = await startAnswering();
  using asking = new AskingPool({ port: served.port });
  expect(served.counters.connections).toBe(0);
  const questions = Array.from({ length: 500 }, () => asking.ask());
  expect(await Promise.all(questions.map(({ ended }) => ended))).toEqual(questions.map(() => answered));
  asking.pool.drain();
  await eventually(() => served.counters.connectionsOpen === 0 && asking.pool.counters.connectionsOpen === 0);
  for (const counters of [served.counters, asking.pool.counters]) {
    expect(counters).toMatchObject({ connections: 1, requests: 500, requestsOpen: 0, requestsBroken: 0 });
    expect(counters.connectionErrors + counters.timeOuts + counters.connectionsRefused).toBe(0);
  }
  expect(asking.pool.counters.bytesRead).toBe(served.counters.bytesWritten);
  expect(served.counters.bytesRead).toBe(asking.pool.counters.bytesWritten);
  expect(await asking.ask().ended).toMatchObject({ kind: 'no room', error: { code: 'HTTP_POOL_CLOSED' } });
});

it('speaks HTTP/2 over TLS, and only with who agreed to it', async () => {
  const tls = { ca: AUTHORITY };
  await using served = await startAnswering({ tls: IDENTITY });
  using asking = new AskingPool({ port: served.port, tls });
  expect(await asking.ask().ended).toEqual(answered);
  await using other = await startRawServer({ tls: IDENTITY });
  using refusing = new AskingPool({ port: other.port, tls });
  const ending = await refusing.ask().ended;
  expect(ending).toMatchObject({ kind: 'no room', error: { code: 'HTTP_CONNECT_FAILED' } });
  expect(ending.kind === 'no room' && ending.error.message).toContain('does not speak HTTP/2');
});

describe('a server that is away', () => {
  it('is tried again, less and less often; who asks meanwhile is told at once', async () => {
    const clock = new VirtualClock();
    const port = await closedPort();
    using asking = new AskingPool({ port, clock, rng: { float: () => 0.5, below: () => 0 } });
    for (const backoffMs of [1, 2, 4, 8, 16, 32, 32].map((times) => Math.min(RECONNECT_MS * times, RECONNECT_MS_MAX))) {
      const first = asking.ask();
      const second = asking.ask();
      expect((await first.ended).kind).toBe('no room');
      expect((await second.ended).kind).toBe('no room');
      // Within the time: no attempt is made.
      await clock.advance(backoffMs - 1);
      expect(asking.ask().ending).toMatchObject({ kind: 'no room', error: { code: 'HTTP_CONNECT_FAILED' } });
      await clock.advance(1);
    }
    await using back = await startRawServer({
      port,
      onConnection: (connection) => {
        connection.greet();
      },
      onFrame: (one, connection) => {
        if (isHead(one)) connection.send(answer(one.stream));
      },
    });
    expect(back.port).toBe(port);
    expect(await asking.ask().ended).toEqual(answered);
  });

  it('in that it takes the connection and says no SETTINGS is given up', async () => {
    const clock = new VirtualClock();
    await using mute = await startRawServer();
    using asking = new AskingPool({ port: mute.port, clock });
    const question = asking.ask();
    await eventually(() => mute.connections[0] !== undefined && mute.connections[0].frames.length > 0);
    await clock.advance(CONNECT_MS - 1);
    expect(question.ending).toBeUndefined();
    await clock.advance(1);
    expect(await question.ended).toMatchObject({ kind: 'no room', error: { code: 'HTTP_CONNECT_FAILED' } });
  });

  it('in that it greets and closes at once, again and again, is not dialled without a pause', async () => {
    const clock = new VirtualClock();
    await using rude = await startRawServer({
      onConnection: (connection) => {
        connection.greet([MAX_STREAMS, 0]);
        connection.socket.end();
      },
    });
    using asking = new AskingPool({ port: rude.port, clock });
    const ending = await asking.ask().ended;
    expect(ending).toMatchObject({ kind: 'no room', error: { code: 'HTTP_CONNECT_FAILED' } });
    expect(rude.connections.length).toBe(1);
    expect(asking.ask().ending).toMatchObject({ kind: 'no room' });
    await clock.advance(RECONNECT_MS * 2);
    await asking.ask().ended;
    expect(rude.connections.length).toBe(2);
  });
});

describe('who finds no room', () => {
  it('waits until a stream ends, first come, first served', async () => {
    const heads: { readonly stream: number; readonly connection: RawConnection }[] = [];
    await using server = await startRawServer({
      onConnection: (connection) => {
        connection.greet([MAX_STREAMS, 1]);
      },
      onFrame: (one, connection) => {
        if (isHead(one)) heads.push({ stream: one.stream, connection });
      },
    });
    using asking = new AskingPool({ port: server.port });
    const questions = [asking.ask('/1'), asking.ask('/2'), asking.ask('/3')];
    for (const [index, question] of questions.entries()) {
      await eventually(() => heads.length > index);
      heads[index]?.connection.send(answer(1 + 2 * index));
      expect(await question.ended).toEqual(answered);
    }
    expect(server.connections).toHaveLength(1);
  });

  it('is told so when too many wait', async () => {
    await using mute = await startRawServer();
    using asking = new AskingPool({ port: mute.port });
    const waiting = Array.from({ length: WAITERS_MAX }, () => asking.ask());
    expect(asking.ask().ending).toMatchObject({ kind: 'no room', error: { code: 'HTTP_POOL_BUSY' } });
    expect(waiting.some(({ ending }) => ending !== undefined)).toBe(false);
    const [first] = waiting;
    if (first !== undefined) asking.pool.forget(first);
    const last = asking.ask();
    expect(last.ending).toBeUndefined();
    asking.pool.destroy();
    expect(last.ending).toMatchObject({ kind: 'no room', error: { code: 'HTTP_POOL_CLOSED' } });
    expect(first?.ending).toBeUndefined();
  });

  it('has another connection opened where more are allowed, and waits for the first where that fails', async () => {
    const clock = new VirtualClock();
    const heads: { readonly stream: number; readonly connection: RawConnection }[] = [];
    await using server = await startRawServer({
      onConnection: (connection, count) => {
        if (count === 1) connection.greet([MAX_STREAMS, 1]);
        else connection.socket.resetAndDestroy();
      },
      onFrame: (one, connection) => {
        if (isHead(one)) heads.push({ stream: one.stream, connection });
      },
    });
    using asking = new AskingPool({ port: server.port, clock, connectionsMax: 2 });
    const first = asking.ask();
    await eventually(() => heads.length === 1);
    const second = asking.ask();
    await eventually(() => server.connections.length === 2);
    await new Promise(setImmediate);
    // While the other connection may not be tried again.
    const third = asking.ask();
    expect([second.ending, third.ending]).toEqual([undefined, undefined]);
    for (const question of [first, second, third]) {
      await eventually(() => heads.length > 0);
      const head = heads.shift();
      head?.connection.send(answer(head.stream));
      expect(await question.ended).toEqual(answered);
    }
  });
});

describe('a server that goes away', () => {
  it('finishes what it has begun with; the rest may be asked elsewhere, and new requests get a new connection', async () => {
    await using server = await startRawServer({
      onConnection: (connection) => {
        connection.greet();
      },
      onFrame: (one, connection) => {
        if (!isHead(one)) return;
        if (connection === server.connections[0] && one.stream === 5) connection.send(goaway(3));
        else if (connection !== server.connections[0]) connection.send(answer(one.stream));
      },
    });
    using asking = new AskingPool({ port: server.port });
    const [first, second, third] = [asking.ask(), asking.ask(), asking.ask()];
    expect(await third.ended).toEqual({ kind: 'closed', code: 7, isUnprocessed: true });
    expect(await asking.ask().ended).toEqual(answered);
    expect(server.connections).toHaveLength(2);
    server.connections[0]?.send(answer(1), answer(3));
    expect(await Promise.all([first.ended, second.ended])).toEqual([answered, answered]);
    await eventually(() => asking.gone.length === 1);
    expect(asking.gone[0]).toEqual({ kind: 'drained' });
    expect(asking.pool.counters).toMatchObject({ requestsOpen: 0, requestsBroken: 1, connectionsOpen: 1 });
  });

  it('lets nobody wait for the end of what it has begun with', async () => {
    const clock = new VirtualClock();
    await using server = await startRawServer({
      onConnection: (connection, count) => {
        connection.greet([MAX_STREAMS, count]);
      },
      onFrame: (one, connection) => {
        if (isHead(one) && connection !== server.connections[0]) connection.send(answer(one.stream));
      },
    });
    using asking = new AskingPool({ port: server.port, clock });
    const long = asking.ask();
    await eventually(() => server.connections[0]?.frames.some(isHead) === true);
    const waiting = asking.ask();
    await clock.advance(RECONNECT_MS);
    server.connections[0]?.send(goaway(1));
    expect(await waiting.ended).toEqual(answered);
    expect(long.ending).toBeUndefined();
  });

  it('without a word leaves requests that may have been begun with', async () => {
    await using server = await startRawServer({
      onConnection: (connection) => {
        connection.greet();
      },
      onFrame: (one, connection) => {
        if (isHead(one)) connection.socket.resetAndDestroy();
      },
    });
    using asking = new AskingPool({ port: server.port });
    expect(await asking.ask().ended).toEqual({ kind: 'closed', code: 8, isUnprocessed: false });
    expect(asking.pool.counters).toMatchObject({ requestsOpen: 0, requestsBroken: 1, connectionsOpen: 0 });
  });
});

it('a request that is refused may be sent again', async () => {
  await using server = await startRawServer({
    onConnection: (connection) => {
      connection.greet();
    },
    onFrame: (one, connection) => {
      if (isHead(one)) connection.send(one.stream === 1 ? reset(1, 7) : answer(one.stream));
    },
  });
  using asking = new AskingPool({ port: server.port });
  expect(await asking.ask().ended).toEqual({ kind: 'closed', code: 7, isUnprocessed: true });
  expect(await asking.ask().ended).toEqual(answered);
});

it('a connection whose ids are used up makes way for another', async () => {
  await using served = await startAnswering();
  using asking = new AskingPool({ port: served.port });
  const first = asking.ask('/wait');
  await eventually(() => served.handler.asked.length === 1);
  const { wire } = first;
  const lifecycle: unknown = wire === undefined ? undefined : Reflect.get(wire.core, 'lifecycle');
  if (typeof lifecycle !== 'object' || lifecycle === null) throw new TypeError('a connection has a life');
  Reflect.set(lifecycle, 'nextStream', 2 ** 31 - 1);
  const last = asking.ask();
  expect(await last.ended).toEqual(answered);
  expect(last.wire).toBe(wire);
  const next = asking.ask();
  expect(await next.ended).toEqual(answered);
  expect(next.wire === wire).toBe(false);
  served.handler.asked[0]?.answer(5);
  expect(await first.ended).toEqual(answered);
  await eventually(() => served.counters.connectionsOpen === 1);
});

it('a connection that is about to end keeps nobody waiting', async () => {
  const clock = new VirtualClock();
  await using server = await startRawServer({
    onConnection: (connection) => {
      connection.greet();
    },
    onFrame: (one, connection) => {
      if (isHead(one)) connection.send(answer(one.stream));
    },
  });
  using asking = new AskingPool({ port: server.port, clock, idleMs: 1_000 });
  expect(await asking.ask().ended).toEqual(answered);
  await clock.advance(1_500);
  await eventually(() => asking.pool.room() === undefined);
  expect(await asking.ask().ended).toEqual(answered);
  expect(server.connections).toHaveLength(2);
});
