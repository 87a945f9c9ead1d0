import { endpoint, GET, POST, settle, take, type Endpoint } from './testing/recorder.ts';
import { begunClient, begunServer, block, feed, frame, REQUEST, WHOLE } from './testing/wire.ts';
import type { StreamId } from './events.ts';

function pair(): { client: Endpoint; server: Endpoint } {
  const client = endpoint('client');
  const server = endpoint('server');
  settle(client, server);
  for (const { told } of [client, server]) told.lines.length = 0;
  return { client, server };
}

const GOAWAY_1 = frame(7, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0]);
const STREAMS = [...frame(1, 4, 1, REQUEST), ...frame(0, 0, 1, [1, 2]), ...frame(1, 5, 3, WHOLE)];

describe('a user that closes within an event', () => {
  it.each(['onRequest', 'onBytes', 'onRequestEnd'] as const)('is told nothing of what follows: %s', (when) => {
    const server = begunServer();
    let closedAt = -1;
    server.told[when] = (): void => {
      if (closedAt >= 0) return;
      server.connection.close();
      closedAt = server.told.lines.length;
    };
    feed(server, [...STREAMS, ...frame(0, 1, 1, [3]), ...frame(1, 5, 5, WHOLE), ...frame(6, 0, 0, [1])]);
    expect(server.told.lines.slice(closedAt).filter((line) => !line.startsWith('close'))).toEqual([]);
    expect(server.told.lines.filter((line) => line.startsWith('head')).length).toBe(
      server.told.lines.filter((line) => line.startsWith('close')).length,
    );
    expect(server.connection.streamCount).toBe(0);
  });

  it('is not told of a drained connection: within onGoaway', () => {
    const client = begunClient();
    client.connection.open(GET, true, 'mine');
    const { told } = client;
    told.onGoaway = (): void => {
      client.connection.close();
    };
    feed(client, GOAWAY_1);
    expect(told.lines).toEqual(['close 1 CANCEL']);
  });
});

describe('an exception of a user', () => {
  it.each(['onRequest', 'onBytes', 'onRequestEnd'] as const)('ends the connection and comes out: %s', (when) => {
    const server = begunServer();
    server.told[when] = (): void => {
      throw new Error('a bug of the user');
    };
    const bytes = Uint8Array.from([...STREAMS, ...frame(0, 1, 1, [3])]);
    expect(() => {
      server.connection.receive(bytes, 0, bytes.length, 0);
    }).toThrow('a bug of the user');
    expect(server.told.error?.message).toMatch(/^INTERNAL_ERROR/);
    expect(server.connection.streamCount).toBe(0);
    server.connection.receive(bytes, 0, bytes.length, 0);
    expect(server.told.lines.at(-1)).toMatch(/^error/);
  });

  it('within onClose keeps no other stream from being closed', () => {
    const server = begunServer();
    feed(server, [...frame(1, 4, 1, REQUEST), ...frame(1, 4, 3, REQUEST)]);
    const closed: StreamId[] = [];
    server.told.onClose = (_context, stream): void => {
      closed.push(stream);
      throw new Error(`a bug at ${stream}`);
    };
    expect(() => {
      server.connection.close();
    }).toThrow('several callbacks');
    expect(closed).toEqual([1, 3]);
  });
});

it('keeps the context that open was given, whatever onHead returns', () => {
  const { client, server } = pair();
  client.connection.open(GET, true, 'mine');
  const contexts: string[] = [];
  client.told.onClose = (context): void => {
    contexts.push(context);
  };
  settle(client, server);
  server.connection.head(1 as StreamId, [':status', '200'], true);
  settle(client, server);
  expect(contexts).toEqual(['mine']);
});

it('cannot open a stream on a connection that goes away, within onGoaway and onClose neither', () => {
  const client = begunClient();
  client.connection.open(GET, true, 'one');
  client.connection.open(GET, true, 'two');
  const opened: unknown[] = [];
  client.told.onGoaway = (): void => {
    opened.push(client.connection.open(GET, true, 'again'));
  };
  client.told.onClose = (): void => {
    opened.push(client.connection.open(GET, true, 'again'));
  };
  feed(client, GOAWAY_1);
  expect(opened).toEqual([undefined, undefined]);
});

it('resets a stream once, however often it is told to within onHead', () => {
  const server = begunServer();
  server.told.onRequest = (stream): void => {
    server.connection.reset(stream, 8);
    server.connection.reset(stream, 2);
  };
  expect(feed(server, frame(1, 5, 1, WHOLE))).toEqual(frame(3, 0, 1, [0, 0, 0, 8]));
});

it('is not told of room on a stream that it has ended', () => {
  const client = begunClient({}, frame(4, 0, 0, [0, 4, 0, 0, 0, 0]));
  const stream = client.connection.open(POST, false, 'mine') ?? (0 as StreamId);
  expect(client.connection.data(stream, new Uint8Array(5), 0, 5, false)).toBe(0);
  client.connection.trailers(stream, []);
  take(client);
  feed(client, frame(8, 0, 1, [0, 0, 4, 0]));
  expect(client.told.lines).toEqual([]);
});

it('may not call receive within an event', () => {
  const server = begunServer();
  server.told.onRequest = (): void => {
    server.connection.receive(Uint8Array.from(frame(6, 0, 0, [])), 0, 9, 0);
  };
  expect(() => feed(server, frame(1, 5, 1, WHOLE))).toThrow(/within/);
});

it.each([
  ['ends before it starts', 5, 4],
  ['ends after its bytes', 0, 101],
  ['starts before them', -1, 4],
])('may not send content that %s', (_, start, end) => {
  const client = begunClient();
  const stream = client.connection.open(POST, false, 'mine') ?? (0 as StreamId);
  expect(() => client.connection.data(stream, new Uint8Array(100), start, end, false)).toThrow(/bytes/);
});

it('may not consume less than nothing', () => {
  const server = begunServer();
  feed(server, [...frame(1, 4, 1, REQUEST), ...frame(0, 0, 1, [1, 2])]);
  expect(() => {
    server.connection.consume(1 as StreamId, -1);
  }).toThrow(/consumed/);
});

describe('fields that nobody may send', () => {
  const server = (): Endpoint => {
    const begun = begunServer();
    feed(begun, frame(1, 4, 1, REQUEST));
    return begun;
  };
  it.each([
    ['no :status', ['a', 'b']],
    ['a request field in a response', [':status', '200', ':path', '/']],
    ['a pseudo-header field after others', ['a', 'b', ':status', '200']],
    ['101, which HTTP/2 has not', [':status', '101']],
    ['a status that is none', [':status', '20']],
  ])('in a response: %s', (_, fields) => {
    const begun = server();
    expect(() => {
      begun.connection.head(1 as StreamId, fields, false);
    }).toThrow(/field/);
    expect(take(begun).length).toBe(0);
  });

  it('in an interim response: the end of the stream', () => {
    const begun = server();
    expect(() => {
      begun.connection.head(1 as StreamId, [':status', '103'], true);
    }).toThrow(/interim/);
  });

  it('in trailers: pseudo-header fields', () => {
    const begun = server();
    begun.connection.head(1 as StreamId, [':status', '200'], false);
    expect(() => {
      begun.connection.trailers(1 as StreamId, [':status', '200']);
    }).toThrow(/field/);
  });

  it.each([
    ['no :method', GET.slice(2)],
    ['a response field', [...GET, ':status', '200']],
    ['one twice', [...GET, ':path', '/']],
    ['one after others', ['a', 'b', ...GET]],
  ])('in a request: %s', (_, fields) => {
    const client = begunClient();
    expect(() => client.connection.open(fields, true, 'mine')).toThrow(/field/);
    expect(take(client).length).toBe(0);
  });
});

it('takes the pseudo-header fields of a request in any order: HEAD has no content', () => {
  const client = begunClient();
  client.connection.open([':path', '/', ':scheme', 'http', ':authority', 'a', ':method', 'HEAD'], true, 'mine');
  feed(client, frame(1, 5, 1, block([':status', '200', 'content-length', '5'])));
  expect(client.told.lines).toEqual(['head 1 200 content-length=5 end', 'end 1', 'close 1 NO_ERROR']);
});
