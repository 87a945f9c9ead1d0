import { GET, settle, endpoint } from './testing/recorder.ts';
import { begunClient, begunServer, block, feed, frame, REQUEST, WHOLE } from './testing/wire.ts';

describe('content is owed', () => {
  const POSTED = frame(1, 4, 1, REQUEST);
  it.each<readonly [string, boolean, number[]]>([
    ['by whoever began with it', true, POSTED],
    ['by nobody without a request', false, []],
    ['by no request that is its head alone', false, frame(1, 5, 1, WHOLE)],
    ['by nobody who said its last', false, [...POSTED, ...frame(0, 1, 1)]],
    ['by nobody whose stream was reset', false, [...POSTED, ...frame(3, 0, 1, [0, 0, 0, 8])]],
    ['by nobody whose content was not consumed', false, [...POSTED, ...frame(0, 0, 1, [1])]],
    [
      'by one beside another that is not consumed',
      true,
      [...POSTED, ...frame(0, 0, 1, [1]), ...frame(1, 4, 3, REQUEST)],
    ],
    ['by no tunnel', false, frame(1, 4, 1, block([':method', 'CONNECT', ':authority', 'a.test:1']))],
  ])('%s', (_name, isOwed, bytes) => {
    const server = begunServer();
    feed(server, bytes);
    expect(server.connection.owesContent).toBe(isOwed);
  });

  it('by nobody who has no window left', () => {
    const server = begunServer({ limits: { connectionWindowBytes: 65_535, streamWindowBytes: 65_535 } });
    feed(server, [...POSTED, ...frame(1, 4, 3, REQUEST)]);
    for (let left = 65_535; left > 0; left -= 16_384)
      feed(server, frame(0, 0, 1, new Uint8Array(Math.min(left, 16_384))));
    expect(server.connection.owesContent).toBe(false);
  });
});

it('a drain that the peer does not answer can be finished without it', () => {
  const server = begunServer();
  server.connection.finishDrain();
  feed(server, frame(1, 5, 1, WHOLE));
  server.connection.drain();
  feed(server, frame(1, 5, 3, WHOLE));
  server.connection.finishDrain();
  feed(server, frame(1, 5, 5, WHOLE));
  expect(server.told.lines.filter((line) => line.startsWith('head'))).toEqual(['head 1 GET / end', 'head 3 GET / end']);
  expect(server.told.lines).not.toContain('drained');
  for (const stream of [1, 3]) feed(server, frame(3, 0, stream, [0, 0, 0, 8]));
  expect(server.told.lines.at(-1)).toBe('drained');
});

describe('a client is spent', () => {
  it('when its ids are used up, and not because all its streams are taken', () => {
    const client = begunClient({}, frame(4, 0, 0, [0, 3, 0, 0, 0, 1]));
    client.connection.open(GET, true, 'first');
    expect([client.connection.canOpen, client.connection.isSpent]).toEqual([false, false]);
    const lifecycle: unknown = Reflect.get(client.connection, 'lifecycle');
    if (typeof lifecycle !== 'object' || lifecycle === null) throw new TypeError('a connection has a life');
    Reflect.set(lifecycle, 'nextStream', 2 ** 31 + 1);
    expect(client.connection.isSpent).toBe(true);
  });

  it('when its server goes away', () => {
    const [client, server] = [endpoint('client'), endpoint('server')];
    settle(client, server);
    server.connection.drain();
    settle(client, server);
    expect([client.connection.canOpen, client.connection.isSpent]).toEqual([false, true]);
  });
});
