import { endpoint, POST, settle, take, type Endpoint } from './testing/recorder.ts';
import type { StreamId } from './events.ts';

/** Sends all of `bytes` on a stream, as windows and output allow, and ends it. */
function sendAll({ connection, told }: Endpoint, stream: StreamId, bytes: Uint8Array): () => number {
  let at = 0;
  const more = (): void => {
    if (at < bytes.length) at += connection.data(stream, bytes, at, bytes.length, true);
  };
  const others = told.onRoom;
  told.onRoom = (room): void => {
    if (room === stream) more();
    else others(room);
  };
  more();
  return () => at;
}

const limits = { streamWindowBytes: 65_535, connectionWindowBytes: 100_000 };

describe('back-pressure', () => {
  it('holds a sender to the window of the stream until its data is consumed', () => {
    const client = endpoint('client');
    const server = endpoint('server', { limits });
    settle(client, server);
    const stream = client.connection.open(POST, false, 'mine') ?? (0 as StreamId);
    const sent = sendAll(client, stream, new Uint8Array(200_000).fill(97));
    settle(client, server);
    expect(sent()).toBe(65_535);
    expect(server.told.content.get(stream)?.length).toBe(65_535);
    server.connection.consume(stream, 65_535);
    settle(client, server);
    // The connection's window is what holds it now: 100,000 less the consumed that the peer was told of.
    expect(sent()).toBe(65_535 * 2);
    server.told.onBytes = (id, bytes): void => {
      server.connection.consume(id, bytes);
    };
    server.connection.consume(stream, 65_535);
    settle(client, server);
    expect(sent()).toBe(200_000);
    expect(server.told.lines.at(-1)).toBe(`end ${stream}`);
  });

  it('shares the window of the connection among streams, each in its turn', () => {
    const client = endpoint('client');
    const server = endpoint('server', { limits: { streamWindowBytes: 100_000, connectionWindowBytes: 65_535 } });
    settle(client, server);
    const streams = [1, 2, 3].map(() => client.connection.open(POST, false, 'mine') ?? (0 as StreamId));
    const sent = streams.map((stream) => sendAll(client, stream, new Uint8Array(100_000)));
    settle(client, server);
    expect(sent.map((count) => count())).toEqual([65_535, 0, 0]);
    server.told.onBytes = (id, bytes): void => {
      server.connection.consume(id, bytes);
    };
    for (const [id, content] of server.told.content) server.connection.consume(id as StreamId, content.length);
    settle(client, server);
    expect(sent.map((count) => count())).toEqual([100_000, 100_000, 100_000]);
  });

  it('gives the window back that a closed stream held', () => {
    const client = endpoint('client');
    const server = endpoint('server', { limits: { streamWindowBytes: 65_535, connectionWindowBytes: 65_535 } });
    settle(client, server);
    for (let round = 0; round < 5; round += 1) {
      const stream = client.connection.open(POST, false, 'mine') ?? (0 as StreamId);
      const sent = sendAll(client, stream, new Uint8Array(65_535));
      settle(client, server);
      expect(sent()).toBe(65_535);
      // Nobody consumed anything; the reset alone must.
      server.connection.reset(stream, 8);
      settle(client, server);
    }
  });

  it('takes no more data than the output may hold, and goes on when the socket took it', () => {
    const client = endpoint('client', { limits: { outputBytes: 20_000 } });
    const server = endpoint('server');
    settle(client, server);
    const stream = client.connection.open(POST, false, 'mine') ?? (0 as StreamId);
    const sent = sendAll(client, stream, new Uint8Array(100_000));
    expect(sent()).toBeLessThan(40_000);
    const out = take(client);
    server.connection.receive(out, 0, out.length, 0);
    settle(client, server);
    expect(sent()).toBe(100_000);
  });

  it('applies a smaller initial window to streams that are open, below zero too (RFC 9113 6.9.2)', () => {
    const client = endpoint('client');
    const server = endpoint('server');
    settle(client, server);
    const stream = client.connection.open(POST, false, 'mine') ?? (0 as StreamId);
    client.connection.data(stream, new Uint8Array(50_000), 0, 50_000, false);
    take(client);
    const settings = Uint8Array.of(0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 100);
    client.connection.receive(settings, 0, settings.length, 0);
    expect(client.connection.data(stream, new Uint8Array(10), 0, 10, false)).toBe(0);
    const update = Uint8Array.of(0, 0, 4, 8, 0, 0, 0, 0, stream, 0, 0, 195, 80);
    client.connection.receive(update, 0, update.length, 0);
    expect(client.told.lines).toContain(`writable ${stream}`);
    expect(client.connection.data(stream, new Uint8Array(10), 0, 10, false)).toBe(10);
  });
});
