import { ERROR_CODE } from './frame.ts';
import { endpoint, GET, POST, settle, take, type Endpoint } from './testing/recorder.ts';

const text = (content: string): Uint8Array => Uint8Array.from(Buffer.from(content));

function pair(): { client: Endpoint; server: Endpoint } {
  const client = endpoint('client');
  const server = endpoint('server');
  settle(client, server);
  for (const { told } of [client, server]) told.lines.length = 0;
  return { client, server };
}

describe('two connections', () => {
  it('begin with SETTINGS that each acknowledges', () => {
    const client = endpoint('client');
    const server = endpoint('server');
    settle(client, server, 5);
    expect(client.told.lines).toEqual(['settings']);
    expect(server.told.lines).toEqual(['settings']);
    expect(client.connection.deadline).toBeUndefined();
    expect(client.connection.streamsMax).toBe(128);
  });

  it('exchange a request and its response, with content and trailers both ways', () => {
    const { client, server } = pair();
    server.told.onRequestEnd = (stream): void => {
      server.connection.head(stream, [':status', '103', 'link', '</a>'], false);
      server.connection.head(stream, [':status', '200', 'content-type', 'text/plain'], false);
      const answer = text('world');
      expect(server.connection.data(stream, answer, 0, answer.length, false)).toBe(5);
      server.connection.trailers(stream, ['grpc-status', '0']);
    };
    const stream = client.connection.open([...POST, 'te', 'trailers'], false, 'mine');
    expect(stream).toBe(1);
    if (stream === undefined) return;
    client.connection.data(stream, text('hello'), 0, 5, false);
    client.connection.trailers(stream, ['checksum', '7']);
    settle(client, server);
    expect(server.told.lines).toEqual(['head 1 POST / te=trailers', 'end 1 checksum=7', 'close 1 NO_ERROR']);
    expect(server.told.content.get(1)).toBe('hello');
    expect(client.told.lines).toEqual([
      'interim 1 103 link=</a>',
      'head 1 200 content-type=text/plain',
      'end 1 grpc-status=0',
      'close 1 NO_ERROR',
    ]);
    expect(client.told.content.get(1)).toBe('world');
    expect([client.connection.streamCount, server.connection.streamCount]).toEqual([0, 0]);
  });

  it('put all that one read causes into one output', () => {
    const { client, server } = pair();
    server.told.onRequest = (stream): void => {
      server.connection.head(stream, [':status', '204'], true);
    };
    for (let calls = 0; calls < 10; calls += 1) client.connection.open(GET, true, 'mine');
    const requests = take(client);
    server.connection.receive(requests, 0, requests.length, 0);
    const answers = take(server);
    client.connection.receive(answers, 0, answers.length, 0);
    expect(client.told.lines.filter((line) => line.startsWith('close'))).toHaveLength(10);
    // Indexed from the first on: a frame's head and one byte each.
    expect(answers.length).toBe(10 * 10);
  });

  it('send heads larger than a frame in CONTINUATION frames', () => {
    const client = endpoint('client');
    const server = endpoint('server', { limits: { fieldSectionBytes: 65_536, headerBlockBytes: 65_536 } });
    settle(client, server);
    const long = '\u00e9~'.repeat(15_000);
    client.connection.open([...GET, 'x-long', long], true, 'mine');
    let seen = '';
    server.told.onRequest = (_, head): void => {
      seen = head.get('x-long') ?? '';
    };
    settle(client, server);
    expect(seen).toBe(long);
  });

  it('tell a peer that a stream was reset, once', () => {
    const { client, server } = pair();
    const stream = client.connection.open(POST, false, 'mine');
    settle(client, server);
    if (stream !== undefined) client.connection.reset(stream, ERROR_CODE.cancel);
    settle(client, server);
    expect(server.told.lines).toEqual(['head 1 POST /', 'close 1 CANCEL']);
    expect(client.told.lines).toEqual(['close 1 CANCEL']);
  });

  it('ignore what was under way to a stream that they have reset', () => {
    const { client, server } = pair();
    const stream = client.connection.open(POST, false, 'mine');
    settle(client, server);
    if (stream === undefined) throw new Error('no stream');
    client.connection.data(stream, text('late'), 0, 4, false);
    client.connection.trailers(stream, ['a', 'b']);
    const late = take(client);
    server.connection.reset(stream, ERROR_CODE.cancel);
    server.connection.receive(late, 0, late.length, 0);
    settle(client, server);
    expect(server.told.error).toBeUndefined();
    expect(client.told.error).toBeUndefined();
    client.connection.open(GET, true, 'next');
    settle(client, server);
    expect(server.told.lines.at(-2)).toBe('head 3 GET / end');
  });

  it('carry a tunnel by extended CONNECT when the server offers it (RFC 8441)', () => {
    const connect = [
      ':method',
      'CONNECT',
      ':protocol',
      'websocket',
      ':scheme',
      'http',
      ':path',
      '/chat',
      ':authority',
      'a',
    ];
    const server = endpoint('server', { extendedConnect: true });
    const client = endpoint('client');
    settle(client, server);
    client.connection.open(connect, false, 'mine');
    settle(client, server);
    expect(server.told.lines).toContain('head 1 CONNECT /chat');
  });

  it('refuse fields that cannot be sent, before anything is sent', () => {
    const { client, server } = pair();
    for (const field of [
      ['Upper', 'x'],
      ['a b', 'x'],
      ['ok', 'line\r\nfeed'],
      ['ok', ' padded'],
      ['ok', 'snow\u2603'],
      ['connection', 'close'],
      ['ok'],
    ]) {
      expect(() => client.connection.open([...GET, ...field], true, 'mine')).toThrow(/field/);
    }
    expect(client.connection.output.length).toBe(0);
    client.connection.open(GET, true, 'mine');
    settle(client, server);
    expect(server.told.lines[0]).toBe('head 1 GET / end');
  });
});

describe('a server that drains', () => {
  it('takes what was sent before the client knew, and no more; then it is drained', () => {
    const { client, server } = pair();
    client.connection.open(POST, false, 'before');
    settle(client, server);
    server.connection.drain();
    client.connection.open(GET, true, 'crossing');
    settle(client, server);
    expect(server.told.lines).toEqual(['head 1 POST /', 'head 3 GET / end', 'end 3']);
    expect(client.told.lines).toEqual(['goaway 2147483647 NO_ERROR draining', 'goaway 3 NO_ERROR drained']);
    expect(client.connection.canOpen).toBe(false);
    expect(client.connection.open(GET, true, 'after')).toBeUndefined();
    for (const stream of [1, 3]) server.connection.head(stream as never, [':status', '204'], true);
    settle(client, server);
    server.connection.reset(1 as never, ERROR_CODE.noError);
    settle(client, server);
    expect(server.told.lines.at(-1)).toBe('drained');
    expect(client.told.lines.at(-1)).toBe('drained');
  });

  it('closes streams that it never began with as unprocessed', () => {
    const { client, server } = pair();
    client.connection.open(POST, false, 'one');
    client.connection.open(POST, false, 'two');
    take(client);
    // A GOAWAY of a peer that has begun with the first alone.
    const goaway = Uint8Array.of(0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0);
    client.connection.receive(goaway, 0, goaway.length, 0);
    expect(client.told.lines).toEqual(['goaway 1 NO_ERROR ', 'close 3 REFUSED_STREAM unprocessed']);
    expect(server.connection.streamCount).toBe(0);
  });
});

describe('a stream that is over within onHead', () => {
  it.each(['answered', 'reset'])('is closed once its context is known: %s', (how) => {
    const { client, server } = pair();
    server.told.onRequest = (stream): void => {
      if (how === 'reset') server.connection.reset(stream, ERROR_CODE.refusedStream);
      else server.connection.head(stream, [':status', '204'], true);
    };
    client.connection.open(GET, true, 'mine');
    settle(client, server);
    expect(server.told.lines).toEqual(
      how === 'reset'
        ? ['head 1 GET / end', 'close 1 REFUSED_STREAM']
        : ['head 1 GET / end', 'end 1', 'close 1 NO_ERROR'],
    );
    expect(client.told.lines.at(-1)).toBe(how === 'reset' ? 'close 1 REFUSED_STREAM unprocessed' : 'close 1 NO_ERROR');
  });
});

it('gives up a peer that does not acknowledge its SETTINGS', () => {
  const server = endpoint('server');
  expect(server.connection.deadline).toBe(10_000);
  server.connection.expire(9_999);
  expect(server.told.error).toBeUndefined();
  server.connection.expire(10_000);
  expect(server.told.error?.message).toMatch(/^SETTINGS_TIMEOUT/);
});

it('closes every stream when the socket is gone', () => {
  const { client, server } = pair();
  client.connection.open(POST, false, 'one');
  client.connection.open(POST, false, 'two');
  settle(client, server);
  server.connection.close();
  server.connection.close();
  expect(server.told.lines.slice(-2)).toEqual(['close 1 CANCEL', 'close 3 CANCEL']);
});
