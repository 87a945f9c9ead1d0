import type { StreamId } from './events.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { Output } from './output.ts';
import { Sender } from './sender.ts';
import { StreamTable } from './stream-table.ts';
import { endpoint, POST, take } from './testing/recorder.ts';
import { begunClient, begunServer, feed, frame, framesOf, PREFACE, REQUEST, SETTINGS_ACK } from './testing/wire.ts';

const initialWindow = (bytes: number): number[] => frame(4, 0, 0, [0, 4, 0, 0, bytes >> 8, bytes & 255]);
const bytes = new Uint8Array(100_000);

describe('small windows', () => {
  it('are filled to the last byte: a peer may announce no more before it has them (RFC 9113 6.9)', () => {
    const client = begunClient({}, initialWindow(100));
    const stream = client.connection.open(POST, false, 'mine') ?? (0 as StreamId);
    take(client);
    expect(client.connection.data(stream, bytes, 0, 1_000, true)).toBe(100);
    expect(framesOf([...take(client)])).toEqual([`DATA 1 0 ${'00'.repeat(100)}`]);
    expect(framesOf(feed(client, frame(8, 0, 1, [0, 0, 0, 1])))).toEqual([]);
    expect(client.told.lines).toEqual(['writable 1']);
    expect(client.connection.data(stream, bytes, 100, 1_000, true)).toBe(1);
  });

  it('of ours below the default hold only once the peer acknowledged them (RFC 9113 6.5.3)', () => {
    const server = endpoint('server', { limits: { streamWindowBytes: 100 } });
    feed(server, [...PREFACE, ...frame(1, 4, 1, REQUEST), ...frame(0, 0, 1, bytes.subarray(0, 1_000))]);
    expect(server.told.content.get(1)?.length).toBe(1_000);
    // Now its window is below zero: the 1,000 bytes must be consumed first.
    feed(server, [...SETTINGS_ACK, ...frame(0, 0, 1, [1])]);
    expect(server.told.lines.at(-1)).toBe('close 1 FLOW_CONTROL_ERROR');
  });

  it('of the whole connection below the default are reached by announcing less (RFC 9113 6.9.2)', () => {
    const server = begunServer({ limits: { connectionWindowBytes: 30_000, streamWindowBytes: 65_535 } });
    feed(server, frame(1, 4, 1, REQUEST));
    for (let sent = 0; sent < 4; sent += 1) feed(server, frame(0, 0, 1, bytes.subarray(0, 16_000)));
    expect(server.told.error).toBeUndefined();
    server.connection.consume(1 as StreamId, 64_000);
    // 65,535 were allowed at first, 64,000 were used: 28,465 more make 30,000.
    expect(framesOf([...take(server)])).toContain('WINDOW 0 0 00006f31');
  });
});

describe('who holds data back', () => {
  it('does not keep the rest of the connection waiting for half a window', () => {
    const limits = { streamWindowBytes: 65_535, connectionWindowBytes: 100_000 };
    const server = begunServer({ limits });
    feed(server, [...frame(1, 4, 1, REQUEST), ...frame(1, 4, 3, REQUEST)]);
    for (let sent = 0; sent < 5; sent += 1) feed(server, frame(0, 0, 1, bytes.subarray(0, 13_000)));
    for (let sent = 0; sent < 5; sent += 1) feed(server, frame(0, 0, 3, bytes.subarray(0, 7_000)));
    // Nothing is left; stream 1 holds 65,000 for as long as it likes, and less than half is consumed.
    server.connection.consume(3 as StreamId, 35_000);
    const announced = framesOf([...take(server)]);
    expect(announced).toContain('WINDOW 0 0 000088b8');
  });

  it('is told more of on its own stream before half of it is consumed, when nothing is left to send', () => {
    const server = begunServer({ limits: { streamWindowBytes: 16_000 } });
    feed(server, [...frame(1, 4, 1, REQUEST), ...frame(0, 0, 1, bytes.subarray(0, 16_000))]);
    server.connection.consume(1 as StreamId, 5_000);
    expect(framesOf([...take(server)])).toContain('WINDOW 1 0 00001388');
  });
});

it('remembers no streams that waited and are over', () => {
  const streams = new StreamTable<string>(128);
  const sender = new Sender(new Output((size) => new Uint8Array(size)), streams, DEFAULT_LIMITS);
  sender.window = 0;
  for (let id = 1; id < 20_000; id += 2) {
    const slot = streams.add(id, 65_535, 65_535);
    expect(sender.data(slot, id, bytes, 0, 10, true)).toBe(0);
    streams.remove(slot);
  }
  expect(sender.waitingCount).toBeLessThan(100);
});

it('takes no frame longer than 64 KiB from the output, whatever the peer allows', () => {
  const limits = { outputBytes: 100_000 };
  const settings = [...frame(4, 0, 0, [0, 4, 127, 255, 255, 255, 0, 5, 0, 255, 255, 255])];
  const client = begunClient({ limits }, [...settings, ...frame(8, 0, 0, [127, 0, 0, 0])]);
  const stream = client.connection.open(POST, false, 'mine') ?? (0 as StreamId);
  expect(client.connection.data(stream, new Uint8Array(2_000_000), 0, 2_000_000, true)).toBeLessThan(170_000);
});

it('sends nothing for no content', () => {
  const client = begunClient();
  const stream = client.connection.open(POST, false, 'mine') ?? (0 as StreamId);
  take(client);
  expect(client.connection.data(stream, bytes, 5, 5, false)).toBe(0);
  expect(take(client).length).toBe(0);
  client.connection.data(stream, bytes, 5, 5, true);
  expect(framesOf([...take(client)])).toEqual(['DATA 1 1']);
});

it.each<readonly [string, Record<string, number>]>([
  ['streamWindowBytes of 0', { streamWindowBytes: 0 }],
  ['streamWindowBytes over 2^31 - 1', { streamWindowBytes: 2 ** 31 }],
  ['connectionWindowBytes over 2^31 - 1', { connectionWindowBytes: 2 ** 31 }],
  ['concurrentStreams that is no whole number', { concurrentStreams: 1.5 }],
  ['headerTableBytes below 0', { headerTableBytes: -1 }],
  ['fieldSectionBytes that is none', { fieldSectionBytes: NaN }],
])('refuses %s', (_, limits) => {
  expect(() => endpoint('server', { limits })).toThrow(/must be a whole number/);
});
