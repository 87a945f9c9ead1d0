import { gzipSync } from 'node:zlib';
import { codeOf, data, FLAG, HELLO, RawClient, TYPE, windowUpdate, type Frame } from '@portolan/http/testing';
import type { Clock } from '@portolan/kernel';
import { systemClock } from '@portolan/runtime';
import { VirtualClock } from '@portolan/virtual-world';
import { call, head, message } from '../testing/raw-grpc.ts';
import { served } from '../testing/served.ts';
import { SizedService } from '../testing/sized.ts';

const CANCEL = 8;
const { bytes, weigh, weighAll } = SizedService;
const isEnd = ({ type, flags }: Frame): boolean => type !== TYPE.settings && (flags & FLAG.endStream) !== 0;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

function contentOf(client: RawClient, stream: number): number {
  const pieces = client.frames.filter((frame) => frame.type === TYPE.data && frame.stream === stream);
  return pieces.reduce((sum, { payload }) => sum + payload.length, 0);
}

describe('an answer that its caller takes slowly', () => {
  it('comes whole, however long that takes', async () => {
    const clock = new VirtualClock();
    await using house = await served({ clock });
    using client = await RawClient.open(house.port);
    client.send(HELLO, call(1, bytes.path, '200000'));
    for (let taken = 65_535; taken < 200_005; taken += 50_000) {
      await until(() => contentOf(client, 1) >= taken);
      await clock.advance(1_000);
      client.send(windowUpdate(0, 50_000), windowUpdate(1, 50_000));
    }
    const end = await client.frame((frame) => frame.stream === 1 && isEnd(frame));
    expect([end.type, contentOf(client, 1)]).toEqual([TYPE.headers, 200_005]);
  });

  it('is given up at the deadline', async () => {
    const clock = new VirtualClock();
    await using house = await served({ clock });
    using client = await RawClient.open(house.port);
    client.send(HELLO, call(1, bytes.path, '200000', 'grpc-timeout', '3S'));
    await until(() => contentOf(client, 1) === 65_535);
    await clock.advance(2_900);
    expect(client.frames.filter(({ type }) => type === TYPE.reset)).toEqual([]);
    await clock.advance(200);
    expect(codeOf(await client.frameOf(TYPE.reset, 1))).toBe(CANCEL);
  });

  it('is given up at the end of a drain', async () => {
    const clock = new VirtualClock();
    await using house = await served({ clock, drainMs: 5_000 });
    using client = await RawClient.open(house.port);
    client.send(HELLO, call(1, bytes.path, '200000'));
    await until(() => contentOf(client, 1) === 65_535);
    const drained = house.server.drain();
    await clock.advance(5_100);
    expect(codeOf(await client.frameOf(TYPE.reset, 1))).toBe(CANCEL);
    await drained;
  });

  it('counts as a call in flight', async () => {
    await using house = await served({ limits: { callsInFlight: 2 } });
    using client = await RawClient.open(house.port);
    client.send(HELLO, call(1, bytes.path, '60000'));
    await client.frame((frame) => frame.stream === 1 && isEnd(frame));
    client.send(call(3, bytes.path, '60000'), call(5, bytes.path, '60000'));
    await until(() => contentOf(client, 1) + contentOf(client, 3) === 65_535);
    client.send(call(7, bytes.path, '60000'));
    // Refused by its head alone, which needs no window.
    await client.frame((frame) => frame.stream === 7 && isEnd(frame));
    client.send(windowUpdate(0, 1_000_000));
    for (const stream of [3, 5]) await client.frame((frame) => frame.stream === stream && isEnd(frame));
    client.send(call(9, bytes.path, '6'));
    await client.frame((frame) => frame.stream === 9 && isEnd(frame));
    expect(house.sized.calls).toHaveLength(4);
  });
});

describe('one connection holds no more than so many messages', () => {
  const limits = { messageBytes: 65_536 };
  const MESSAGES = 32;

  it('of answers that it does not take: others are refused, and all come once it takes some', async () => {
    await using house = await served({ limits });
    using client = await RawClient.open(house.port);
    client.send(HELLO);
    const streams = Array.from({ length: 3 * MESSAGES }, (_, index) => 1 + 2 * index);
    client.send(...streams.map((stream) => call(stream, bytes.path, '65000')));
    const refused = (): number => client.frames.filter((frame) => frame.type === TYPE.headers && isEnd(frame)).length;
    await until(() => house.sized.calls.length === streams.length);
    await until(() => refused() >= 2 * MESSAGES - 5);
    expect(refused()).toBeLessThan(2 * MESSAGES + 5);
    client.send(windowUpdate(0, 100_000_000));
    await until(() => refused() === streams.length);
    client.send(call(9_001, weigh.path, 'x'));
    await client.frame((frame) => frame.stream === 9_001 && isEnd(frame));
  });

  it('of requests that it does not end', async () => {
    await using house = await served({ limits });
    using client = await RawClient.open(house.port);
    client.send(HELLO);
    const streams = Array.from({ length: 3 * MESSAGES }, (_, index) => 1 + 2 * index);
    const half = message(Buffer.alloc(65_000)).subarray(0, 60_000);
    for (const stream of streams) {
      client.send(
        head(stream, weigh.path),
        ...[0, 1, 2, 3].map((part) => data(stream, half.subarray(part * 15_000, (part + 1) * 15_000))),
      );
      await new Promise(setImmediate);
    }
    await until(() => client.frames.some((frame) => frame.type === TYPE.headers && isEnd(frame)));
    client.send(call(9_001, weigh.path, 'x'));
    await client.frame((frame) => frame.stream === 9_001 && isEnd(frame));
    const refused = client.frames.filter((frame) => frame.type === TYPE.headers && isEnd(frame)).length - 1;
    expect(refused).toBeGreaterThan(2 * MESSAGES - 10);
    expect(refused).toBeLessThan(2 * MESSAGES + 10);
  });

  it('and each of them is inflated only when it is read', async () => {
    const gate = Promise.withResolvers<undefined>();
    await using house = await served({});
    house.sized.gate = gate.promise;
    using client = await RawClient.open(house.port);
    const bomb = message(gzipSync(Buffer.alloc(4_000_000)), true);
    const before = process.memoryUsage().arrayBuffers;
    client.send(
      HELLO,
      head(1, weighAll.path, 'grpc-encoding', 'gzip'),
      ...Array.from({ length: 20 }, () => data(1, bomb)),
    );
    client.send(call(3, weigh.path, 'x'));
    await client.frame((frame) => frame.stream === 3 && isEnd(frame));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30_000_000);
    gate.resolve(undefined);
    await until(() => contentOf(client, 1) === 20 * (5 + '4000000'.length));
  });
});

it('a bomb that takes long to inflate keeps nobody else waiting', async () => {
  await using house = await served({});
  using attacker = await RawClient.open(house.port);
  using other = await RawClient.open(house.port);
  other.send(HELLO, call(1, weigh.path, 'x'));
  await other.frame((frame) => frame.stream === 1 && isEnd(frame));
  const bomb = data(0, message(gzipSync(Buffer.alloc(4_000_000)), true), true);
  const bombs = Array.from({ length: 120 }, (_, index) => {
    const stream = 1 + 2 * index;
    const of = Buffer.from(bomb);
    of.writeUInt32BE(stream, 5);
    return Buffer.concat([head(stream, weigh.path, 'grpc-encoding', 'gzip'), of]);
  });
  attacker.send(HELLO, ...bombs);
  await until(() => house.sized.calls.length > 1);
  other.send(call(3, weigh.path, 'x'));
  await other.frame((frame) => frame.stream === 3 && isEnd(frame));
  expect(house.sized.calls.length).toBeLessThan(120);
  await attacker.frame((frame) => frame.stream === 239 && isEnd(frame));
});

it('a deadline in ten thousand years is looked at now and then', async () => {
  const delays: number[] = [];
  const clock: Clock = {
    ...systemClock,
    after: (delayMs, callback) => {
      delays.push(delayMs);
      return systemClock.after(delayMs, callback);
    },
  };
  await using house = await served({ clock });
  using client = await RawClient.open(house.port);
  client.send(HELLO, call(1, weigh.path, 'x', 'grpc-timeout', '99999999H'));
  await client.frame((frame) => frame.stream === 1 && isEnd(frame));
  // What Node's timers take; a longer one fires at once.
  expect(Math.max(...delays)).toBeLessThan(2 ** 31);
});

it('a bytes handler that throws costs its call alone', async () => {
  const fail = (): boolean => {
    throw new RangeError('a bug');
  };
  await using house = await served({ bytesHandlers: { weigh: fail } });
  using client = await RawClient.open(house.port);
  client.send(HELLO, call(1, weigh.path, 'x'), call(3, bytes.path, '5'));
  await client.frame((frame) => frame.stream === 1 && isEnd(frame));
  await client.frame((frame) => frame.stream === 3 && isEnd(frame));
  expect(contentOf(client, 3)).toBe(10);
});
