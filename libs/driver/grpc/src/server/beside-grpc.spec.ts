import { createCounters, http1Protocol } from '@portolan/http';
import { codeOf, HELLO, RawClient, TYPE } from '@portolan/http/testing';
import { VirtualClock } from '@portolan/virtual-world';
import { call } from '../testing/raw-grpc.ts';
import { served } from '../testing/served.ts';
import { SizedService } from '../testing/sized.ts';

const CANCEL = 8;
const { bytes, count, weigh } = SizedService;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

const nothing = (): void => undefined;
const hello = http1Protocol<object>({
  counters: createCounters(),
  handler: {
    onRequest: (wire) => {
      wire.head(200, ['content-length', '5'], false);
      wire.data(Buffer.from('hello'), 0, 5, true);
      return {};
    },
    onData: nothing,
    onEnd: nothing,
    onWritable: nothing,
    onClose: nothing,
  },
});

it('answers HTTP/1.1 on the port of gRPC', async () => {
  await using house = await served({ http1: hello });
  using client = await RawClient.open(house.port);
  client.send(HELLO, call(1, weigh.path, 'x'));
  const answer = await fetch(`http://127.0.0.1:${house.port}/`);
  expect(await answer.text()).toBe('hello');
  await client.frame((frame) => frame.type === TYPE.data && frame.stream === 1);
});

it('has a bound of its own for answers', async () => {
  await using house = await served({ limits: { messageBytes: 1_000 }, responseBytesMax: 50_000 });
  using client = await RawClient.open(house.port);
  client.send(HELLO, call(1, bytes.path, '40000'), call(3, bytes.path, '60000'));
  const statusOf = (stream: number) => client.frame((frame) => frame.type === TYPE.headers && frame.stream === stream);
  await statusOf(3);
  await until(() => client.frames.some((frame) => frame.type === TYPE.data && frame.stream === 1));
  expect(client.frames.some((frame) => frame.type === TYPE.data && frame.stream === 3)).toBe(false);
});

describe('a stream whose caller takes nothing', () => {
  it('is ended after a while', async () => {
    const clock = new VirtualClock();
    await using house = await served({ clock, streamStallMs: 3_000 });
    using client = await RawClient.open(house.port);
    client.send(HELLO, call(1, count.path, '100 30000'));
    await until(() => client.frames.filter(({ type }) => type === TYPE.data).length >= 2);
    await clock.advance(2_900);
    expect(client.frames.filter(({ type }) => type === TYPE.reset)).toEqual([]);
    await clock.advance(200);
    expect(codeOf(await client.frameOf(TYPE.reset, 1))).toBe(CANCEL);
    expect(house.sized.calls[0]?.signal.aborted).toBe(true);
  });

  it('may stay where nobody says otherwise', async () => {
    const clock = new VirtualClock();
    await using house = await served({ clock });
    using client = await RawClient.open(house.port);
    client.send(HELLO, call(1, count.path, '100 30000'));
    await until(() => client.frames.filter(({ type }) => type === TYPE.data).length >= 2);
    await clock.advance(5_000);
    expect(house.sized.calls[0]?.signal.aborted).toBe(false);
  });
});
