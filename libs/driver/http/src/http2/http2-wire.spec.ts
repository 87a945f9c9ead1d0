import { once } from 'node:events';
import { connect, constants, type ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { DEFAULT_LIMITS } from '@portolan/http2';
import { VirtualClock } from '@portolan/virtual-world';
import { createCounters } from '../counters.ts';
import { eventually } from '../http1/testing/eventually.ts';
import { startServer } from '../server.ts';
import { Answering, startAnswering, type Asked } from '../testing/answering.ts';
import { get, HELLO, post, reset, settings, TYPE, uint32, frame, windowUpdate, FLAG } from '../testing/frames.ts';
import { AUTHORITY, IDENTITY } from '../testing/identity.ts';
import { memoryInUse } from '../testing/memory-in-use.ts';
import { RawClient } from '../testing/raw-client.ts';
import { SWEEP_MS } from '../time-limits.ts';
import { http2Protocol } from './http2-protocol.ts';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};

describe('all answers of one read leave in one write', () => {
  it.each([
    ['when they are given within it', '/hello'],
    ['when they are given soon after', '/later'],
  ])('%s', async (_name, path) => {
    const handler = new Answering();
    handler.onAsked = (asked): void => {
      if (path === '/later')
        void Promise.resolve().then(() => {
          asked.answer(5);
        });
    };
    const counters = createCounters();
    const h2 = http2Protocol<Asked>({ handler, counters });
    let [reads, writes] = [0, 0];
    const accept: typeof h2.accept = (socket: Socket, peer, onGone) => {
      const write = socket.write.bind(socket);
      const counted = (...args: Parameters<typeof write>): boolean => {
        writes += 1;
        return write(...args);
      };
      Object.assign(socket, { write: counted });
      socket.on('data', () => {
        reads += 1;
      });
      return h2.accept(socket, peer, onGone);
    };
    await using server = await startServer({
      bind: { host: '127.0.0.1', port: 0 },
      protocols: { h2: { accept } },
      counters,
    });
    using client = await RawClient.open(server.port);
    client.send(HELLO);
    await client.frame(({ type, flags }) => type === TYPE.settings && flags === FLAG.ack);
    await turns(5);
    const before = { reads, writes };
    client.send(...Array.from({ length: 100 }, (_, index) => get(1 + 2 * index, path)));
    await client.frameOf(TYPE.data, 199);
    expect(reads - before.reads).toBeLessThan(5);
    expect(writes - before.writes).toBe(reads - before.reads);
    client[Symbol.dispose]();
  });
});

describe('back-pressure', () => {
  it('a client that reads nothing makes the server hold no more than a limit', async () => {
    await using served = await startAnswering();
    using client = await RawClient.open(served.port);
    client.stopReading();
    const before = await memoryInUse();
    client.send(HELLO, settings([4, 0x7f_ff_ff_ff]), frame(TYPE.windowUpdate, 0, 0, uint32(0x7f_00_00_00)));
    client.send(...Array.from({ length: 100 }, (_, index) => get(1 + 2 * index, '/bytes/2000000')));
    await eventually(() => served.handler.asked.length === 100);
    await turns(50);
    const [asked] = served.handler.asked;
    expect(asked?.wire.isBlocked).toBe(true);
    expect(asked?.wire.core.output.length).toBeLessThan(DEFAULT_LIMITS.outputBytes + 65_536);
    expect((await memoryInUse()) - before).toBeLessThan(8_000_000);
    client.socket.resume();
    await eventually(() => served.counters.requestsOpen === 0);
    expect(served.counters).toMatchObject({ requests: 100, requestsBroken: 0 });
  });

  it('a handler that consumes nothing holds its client back, and its windows let it on as it does', async () => {
    await using served = await startAnswering();
    const session = connect(`http://127.0.0.1:${served.port}`);
    const request = session.request({ ':method': 'POST', ':path': '/hold' }, { endStream: false });
    request.on('error', () => undefined);
    request.end(Buffer.alloc(2_000_000));
    await eventually(() => served.handler.asked[0]?.received === DEFAULT_LIMITS.streamWindowBytes);
    await turns(50);
    const [asked] = served.handler.asked;
    if (asked === undefined) throw new TypeError('it was asked');
    expect(asked.received).toBe(DEFAULT_LIMITS.streamWindowBytes);
    for (let consumed = 0; consumed < 2_000_000;) {
      const more = asked.received - consumed;
      if (more > 0) {
        consumed += more;
        asked.wire.consume(asked.stream, more);
        asked.wire.touch();
      }
      await new Promise(setImmediate);
    }
    await eventually(() => asked.hasEnded);
    session.destroy();
  });

  it('all streams together hold no more than the window of their connection', async () => {
    await using served = await startAnswering();
    const session = connect(`http://127.0.0.1:${served.port}`);
    for (let stream = 0; stream < 20; stream += 1) {
      const request = session.request({ ':method': 'POST', ':path': '/hold' }, { endStream: false });
      request.on('error', () => undefined);
      request.end(Buffer.alloc(1_000_000));
    }
    const received = (): number => served.handler.asked.reduce((sum, asked) => sum + asked.received, 0);
    await eventually(() => received() >= DEFAULT_LIMITS.connectionWindowBytes);
    await turns(50);
    expect(received()).toBe(DEFAULT_LIMITS.connectionWindowBytes);
    session.destroy();
    await eventually(() => served.counters.connectionsOpen === 0);
    expect(served.counters).toMatchObject({ requests: 20, requestsOpen: 0, requestsBroken: 20 });
  });
});

describe('a drain', () => {
  it('finishes what is under way, by two GOAWAYs, and lets nobody in', async () => {
    await using served = await startAnswering();
    using client = await RawClient.open(served.port);
    client.send(HELLO, get(1, '/wait'));
    await eventually(() => served.handler.asked.length === 1);
    const drained = served.server.drain();
    const first = await client.frameOf(TYPE.goaway);
    expect(first.payload.readUInt32BE(0)).toBe(0x7f_ff_ff_ff);
    await expect(RawClient.open(served.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const ping = await client.frame(({ type, flags }) => type === TYPE.ping && flags === 0);
    client.send(get(3, '/hello'), frame(TYPE.ping, FLAG.ack, 0, ping.payload), get(5, '/hello'));
    const last = await client.frame(({ type, payload }) => type === TYPE.goaway && payload.readUInt32BE(0) === 3);
    expect(last.payload.toString('latin1', 8)).toBe('drained');
    await client.frameOf(TYPE.data, 3);
    served.handler.asked[0]?.answer(5);
    await client.frameOf(TYPE.data, 1);
    await client.closed;
    await drained;
    expect(client.frames.some(({ stream }) => stream === 5)).toBe(false);
    expect(served.counters).toMatchObject({ requests: 2, requestsOpen: 0, requestsBroken: 0, connectionsOpen: 0 });
  });

  it('of a client that reads nothing ends with destroy', async () => {
    await using served = await startAnswering();
    using client = await RawClient.open(served.port);
    client.stopReading();
    const open = Buffer.concat([settings([4, 0x7f_ff_ff_ff]), windowUpdate(0, 0x7f_00_00_00)]);
    client.send(HELLO, open, get(1, '/bytes/100000000'));
    await eventually(() => served.handler.asked[0]?.wire.isBlocked === true);
    let isDrained = false;
    const drained = served.server.drain().then(() => {
      isDrained = true;
    });
    await turns(50);
    expect(isDrained).toBe(false);
    served.server.destroy();
    await drained;
    expect(served.counters).toMatchObject({ requestsOpen: 0, requestsBroken: 1, connectionsOpen: 0 });
  });
});

/** Of a client of nghttp2 that cancels some of what it asks, and in the end is cut. */
async function askAndCancel(session: ClientHttp2Session, total: number): Promise<number> {
  let whole = 0;
  const asked = Array.from({ length: total }, async (_, index) => {
    const request = session.request({ ':path': index % 3 === 0 ? '/wait' : '/bytes/30000' });
    request.on('error', () => undefined);
    if (index % 3 === 0) request.close(constants.NGHTTP2_CANCEL);
    else request.on('end', () => (whole += 1));
    request.resume();
    await once(request, 'close');
  });
  await Promise.all(asked);
  return whole;
}

it.each([
  ['without TLS', undefined],
  ['over TLS', IDENTITY],
])('counters add up, %s', async (_name, tls) => {
  await using served = await startAnswering({ tls });
  const scheme = tls === undefined ? 'http' : 'https';
  let whole = 0;
  for (let round = 0; round < 3; round += 1) {
    const session = connect(`${scheme}://127.0.0.1:${served.port}`, { ca: AUTHORITY });
    whole += await askAndCancel(session, 60);
    if (round % 2 === 0) session.destroy();
    else session.close();
    await eventually(() => served.counters.connectionsOpen === 0);
  }
  expect(whole).toBe(120);
  const { counters, handler } = served;
  const broken = handler.asked.filter(({ closedWith }) => closedWith !== 0).length;
  expect(counters).toMatchObject({
    connections: 3,
    connectionsOpen: 0,
    connectionErrors: 0,
    requests: handler.asked.length,
    requestsOpen: 0,
    requestsBroken: broken,
  });
  expect(handler.asked.length - broken).toBe(120);
  expect(counters.bytesWritten).toBeGreaterThan(120 * 30_000);
});

it('a reset of what was answered by megabytes gives their memory back', async () => {
  await using served = await startAnswering();
  using client = await RawClient.open(served.port);
  client.send(HELLO, get(1, '/bytes/100000000'), post(3, '/hold'));
  await eventually(() => client.received > 65_000);
  client.send(reset(1), reset(3));
  await eventually(() => served.counters.requestsOpen === 0);
  expect(served.handler.asked[0]?.wire.core.output.length).toBe(0);
});

it('a connection that answered much once keeps little while it is idle', async () => {
  const clock = new VirtualClock();
  await using served = await startAnswering({ clock });
  using client = await RawClient.open(served.port);
  const open = Buffer.concat([settings([4, 0x7f_ff_ff_ff]), windowUpdate(0, 0x7f_00_00_00)]);
  client.send(HELLO, open, get(1, '/bytes/3000000'));
  await client.frame(({ type, flags }) => type === TYPE.data && flags === FLAG.endStream);
  await clock.advance(SWEEP_MS);
  expect(served.handler.asked[0]?.wire.core.output.bytes.length).toBeLessThan(20_000);
});
