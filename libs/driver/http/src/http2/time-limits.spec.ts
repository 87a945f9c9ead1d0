import { VirtualClock } from '@portolan/virtual-world';
import { startAnswering, type AnsweringServer } from '../testing/answering.ts';
import {
  block,
  data,
  fieldsOf,
  FLAG,
  frame,
  get,
  HELLO,
  PING,
  post,
  reset,
  settings,
  TYPE,
} from '../testing/frames.ts';
import { codeOf, RawClient } from '../testing/raw-client.ts';
import { DEFAULT_TIME_LIMITS, SWEEP_MS } from '../time-limits.ts';

const ENHANCE_YOUR_CALM = 11;
const { firstByteMs, headMs, contentIdleMs, contentBytesPerSecondMin, idleMs, lingerMs, writeStallMs } =
  DEFAULT_TIME_LIMITS;

interface Timed extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly served: AnsweringServer;
  readonly client: RawClient;
  /** What was sent before is with the server, and its answer here. */
  seen(): Promise<void>;
}

type Options = Parameters<typeof startAnswering>[0];

/** A server on a virtual clock without keep-alive, and a client that said nothing yet. */
async function timed(options: Options = {}): Promise<Timed> {
  const clock = new VirtualClock();
  const keepAlive = { intervalMs: Infinity, timeoutMs: Infinity };
  // Longer than anything else: here only one test is about it.
  const limits = { settingsAckMs: 600_000 };
  const served = await startAnswering({ clock, keepAlive, limits, ...options });
  const client = await RawClient.open(served.port);
  return {
    clock,
    served,
    client,
    seen: async () => {
      const before = client.frames.length;
      client.send(PING);
      await client.frame((one) => one.type === TYPE.ping && client.frames.indexOf(one) >= before);
    },
    [Symbol.asyncDispose]: async () => {
      client[Symbol.dispose]();
      await served[Symbol.asyncDispose]();
    },
  };
}

/** Waits until the server has read so many bytes: what is not a whole frame is not answered. */
async function read({ served }: Timed, bytes: number): Promise<void> {
  while (served.counters.bytesRead < bytes) await new Promise(setImmediate);
}

async function expectCut({ client, served }: Timed, what: string): Promise<void> {
  const goaway = await client.frameOf(TYPE.goaway);
  expect([codeOf(goaway), goaway.payload.toString('latin1', 8)]).toEqual([ENHANCE_YOUR_CALM, what]);
  await client.closed;
  while (served.counters.connectionsOpen > 0) await new Promise(setImmediate);
  expect(served.handler.gone).toEqual([{ kind: 'slow', what }]);
  expect(served.counters.timeOuts).toBe(1);
}

const expectOpen = ({ served }: Timed): void => {
  expect(served.counters).toMatchObject({ connectionsOpen: 1, timeOuts: 0, connectionErrors: 0 });
};

it('cuts who says nothing', async () => {
  await using house = await timed();
  house.client.acknowledges = false;
  await house.clock.advance(firstByteMs - SWEEP_MS);
  expectOpen(house);
  await house.clock.advance(2 * SWEEP_MS);
  await expectCut(house, 'no first byte in time');
});

describe('cuts who stops within', () => {
  const request = block(fieldsOf('GET', '/hello'));
  it.each([
    ['the preface', HELLO.subarray(0, 10)],
    ['the first frame', HELLO.subarray(0, -4)],
    ['the head of a frame', Buffer.concat([HELLO, PING.subarray(0, 5)])],
    ['a frame', Buffer.concat([HELLO, PING.subarray(0, 12)])],
    ['a header block', Buffer.concat([HELLO, frame(TYPE.headers, FLAG.endStream, 1, request.subarray(0, 5))])],
  ])('%s', async (_name, bytes) => {
    await using house = await timed();
    house.client.acknowledges = false;
    house.client.send(bytes);
    await read(house, bytes.length);
    await house.clock.advance(headMs - SWEEP_MS);
    expectOpen(house);
    await house.clock.advance(3 * SWEEP_MS);
    await expectCut(house, 'a head or frame takes too long');
  });

  it('a frame, after a pause between frames', async () => {
    await using house = await timed();
    house.client.send(HELLO);
    await house.seen();
    await house.clock.advance(4 * SWEEP_MS);
    const before = house.served.counters.bytesRead;
    house.client.send(PING.subarray(0, 12));
    await read(house, before + 12);
    await house.clock.advance(headMs + 2 * SWEEP_MS);
    await expectCut(house, 'a head or frame takes too long');
  });

  it('a frame, however often it says another byte of it', async () => {
    await using house = await timed();
    house.client.send(HELLO);
    await house.seen();
    const slow = frame(99, 0, 0, Buffer.alloc(1_000));
    for (let at = 0; at < 12 && house.served.counters.timeOuts === 0; at += 1) {
      const before = house.served.counters.bytesRead;
      house.client.send(slow.subarray(at, at + 1));
      await read(house, before + 1);
      await house.clock.advance(1_000);
    }
    await expectCut(house, 'a head or frame takes too long');
  });
});

describe('content', () => {
  const begun = async (options: Options = {}, path = '/echo'): Promise<Timed> => {
    const house = await timed(options);
    house.client.send(HELLO, post(1, path));
    await house.seen();
    return house;
  };

  it('that does not come is waited for only so long', async () => {
    await using house = await begun();
    await house.clock.advance(contentIdleMs - SWEEP_MS);
    expectOpen(house);
    await house.clock.advance(2 * SWEEP_MS);
    await expectCut(house, 'content comes too slowly');
  });

  it('that does not come is not excused by requests beside it that end', async () => {
    await using house = await begun();
    for (let stream = 3; stream < 3 + 2 * 6; stream += 2) {
      house.client.send(get(stream, '/hello'));
      await house.seen();
      await house.clock.advance(contentIdleMs / 6 + SWEEP_MS);
    }
    await expectCut(house, 'content comes too slowly');
  });

  it.each([
    ['slower than the least pace is as good as none', 0.8],
    ['as fast as that is enough', 1.2],
  ])('%s', async (_name, pace) => {
    await using house = await begun();
    for (let second = 0; second < 2 * (contentIdleMs / 1_000); second += 1) {
      if (house.served.counters.timeOuts > 0) break;
      house.client.send(data(1, Buffer.alloc(contentBytesPerSecondMin * pace)));
      await house.seen();
      await house.clock.advance(1_000);
    }
    if (pace > 1) expectOpen(house);
    else await expectCut(house, 'content comes too slowly');
  });

  it('that we do not take is not its sender who is slow', async () => {
    await using house = await begun({}, '/hold');
    house.client.send(data(1, Buffer.alloc(1_000)));
    await house.seen();
    await house.clock.advance(contentIdleMs * 3);
    expectOpen(house);
  });

  it('is owed by nobody any more once it was reset, though other requests wait for their answers', async () => {
    await using house = await begun();
    house.client.send(get(3, '/wait'), reset(1));
    await house.seen();
    await house.clock.advance(contentIdleMs * 3);
    expectOpen(house);
    house.served.handler.asked[1]?.answer(5);
    await house.client.frameOf(TYPE.data, 3);
  });

  it('of a stream that was reset while we held it excuses nobody else', async () => {
    await using house = await begun({}, '/hold');
    house.client.send(data(1, Buffer.alloc(1_000)), post(3, '/echo'), reset(1));
    await house.seen();
    await house.clock.advance(contentIdleMs + 2 * SWEEP_MS);
    await expectCut(house, 'content comes too slowly');
  });

  it('of a tunnel may pause as long as it likes', async () => {
    await using house = await timed({ extendedConnect: true });
    const tunnel = [':method', 'CONNECT', ':protocol', 'websocket', ':scheme', 'http', ':path', '/wait'];
    const head = block([...tunnel, ':authority', 'a.test']);
    house.client.send(HELLO, frame(TYPE.headers, FLAG.endHeaders, 1, head));
    await house.seen();
    await house.clock.advance(contentIdleMs * 3);
    expectOpen(house);
  });
});

describe('who reads nothing', () => {
  it('is cut, with what it asked for', async () => {
    await using house = await timed();
    const wide = 0x7f_ff_ff_ff;
    house.client.stopReading();
    house.client.send(HELLO, settings([4, wide]), frame(TYPE.windowUpdate, 0, 0, Buffer.from([0x7f, 0, 0, 0])));
    house.client.send(get(1, '/bytes/100000000'));
    while (house.served.handler.asked.length === 0) await new Promise(setImmediate);
    await house.clock.advance(writeStallMs - SWEEP_MS);
    expectOpen(house);
    await house.clock.advance(2 * SWEEP_MS + lingerMs);
    while (house.served.counters.connectionsOpen > 0) await new Promise(setImmediate);
    expect(house.served.handler.gone).toEqual([{ kind: 'slow', what: 'output is not taken' }]);
    expect(house.served.counters).toMatchObject({ requestsOpen: 0, requestsBroken: 1, timeOuts: 1 });
  });

  it('is told its end, and destroyed when it does not close', async () => {
    await using house = await timed();
    house.client.send(HELLO);
    await house.seen();
    house.client.stopReading();
    await house.clock.advance(idleMs + 2 * SWEEP_MS);
    expectOpen(house);
    await house.clock.advance(2 * lingerMs + 2 * SWEEP_MS);
    while (house.served.counters.connectionsOpen > 0) await new Promise(setImmediate);
    expect(house.served.handler.gone).toHaveLength(1);
  });
});

describe('a connection without requests', () => {
  it('is drained when it is idle', async () => {
    await using house = await timed();
    house.client.send(HELLO, get(1, '/hello'));
    await house.seen();
    await house.clock.advance(idleMs - SWEEP_MS);
    expectOpen(house);
    await house.clock.advance(2 * SWEEP_MS);
    const goaway = await house.client.frameOf(TYPE.goaway);
    expect([codeOf(goaway), goaway.payload.readUInt32BE(0)]).toEqual([0, 0x7f_ff_ff_ff]);
  });

  it('is not kept by pings of a client that does not answer ours', async () => {
    await using house = await timed();
    house.client.send(HELLO);
    await house.seen();
    await house.clock.advance(idleMs + 2 * SWEEP_MS);
    for (let second = 0; second < 10 && house.served.counters.connectionsOpen > 0; second += 1) {
      house.client.send(PING);
      await new Promise(setImmediate);
      await house.clock.advance(1_000);
    }
    await house.client.closed;
    expect(house.served.handler.gone).toEqual([{ kind: 'drained' }]);
  });
});

it('drains a connection at its age, by two GOAWAYs, and answers what came before the second', async () => {
  await using house = await timed({ ageMaxMs: 60_000, timeLimits: { lingerMs: 30_000 } });
  house.client.send(HELLO, get(1, '/wait'));
  await house.seen();
  await house.clock.advance(53_000);
  expect(house.client.frames.filter(({ type }) => type === TYPE.goaway)).toEqual([]);
  await house.clock.advance(14_000);
  const goaway = await house.client.frameOf(TYPE.goaway);
  expect(goaway.payload.readUInt32BE(0)).toBe(0x7f_ff_ff_ff);
  // Under way when the client did not know yet.
  house.client.send(get(3, '/hello'));
  await house.client.frameOf(TYPE.data, 3);
  const ping = await house.client.frame(({ type, flags }) => type === TYPE.ping && flags === 0);
  house.client.send(frame(TYPE.ping, FLAG.ack, 0, ping.payload));
  const last = await house.client.frame(({ type, payload }) => type === TYPE.goaway && payload.readUInt32BE(0) === 3);
  expect(codeOf(last)).toBe(0);
  house.client.send(get(5, '/hello'));
  house.served.handler.asked[0]?.answer(5);
  await house.client.frameOf(TYPE.data, 1);
  await house.client.closed;
  expect(house.client.frames.filter(({ stream }) => stream === 5)).toEqual([]);
  while (house.served.counters.connectionsOpen > 0) await new Promise(setImmediate);
  expect(house.served.handler.gone).toEqual([{ kind: 'drained' }]);
  expect(house.served.counters).toMatchObject({ requests: 2, requestsOpen: 0, requestsBroken: 0, timeOuts: 0 });
});

describe('keep-alive', () => {
  const keepAlive = { intervalMs: 10_000, timeoutMs: 5_000 };
  it('cuts who does not answer', async () => {
    await using house = await timed({ keepAlive });
    house.client.send(HELLO, get(1, '/wait'));
    await house.seen();
    await house.clock.advance(10_000 + SWEEP_MS);
    await house.client.frame(({ type, flags }) => type === TYPE.ping && flags === 0);
    await house.clock.advance(5_000 - 2 * SWEEP_MS);
    expectOpen(house);
    await house.clock.advance(3 * SWEEP_MS);
    await expectCut(house, 'no answer to a ping');
  });

  it('keeps who does', async () => {
    await using house = await timed({ keepAlive });
    house.client.send(HELLO, get(1, '/wait'));
    await house.seen();
    for (let round = 0; round < 5; round += 1) {
      const before = house.client.frames.length;
      await house.clock.advance(10_000 + SWEEP_MS);
      const ping = await house.client.frame(
        (one) => one.type === TYPE.ping && one.flags === 0 && house.client.frames.indexOf(one) >= before,
      );
      const { bytesRead } = house.served.counters;
      house.client.send(frame(TYPE.ping, FLAG.ack, 0, ping.payload));
      await read(house, bytesRead + 17);
    }
    expectOpen(house);
  });
});

it('cuts who does not acknowledge our SETTINGS', async () => {
  await using house = await timed({ limits: { settingsAckMs: 10_000 } });
  house.client.acknowledges = false;
  house.client.send(HELLO);
  await house.seen();
  await house.clock.advance(10_000 + 2 * SWEEP_MS);
  const goaway = await house.client.frameOf(TYPE.goaway);
  expect(goaway.payload.toString('latin1', 8)).toContain('no acknowledgement of our SETTINGS');
  await house.client.closed;
});
