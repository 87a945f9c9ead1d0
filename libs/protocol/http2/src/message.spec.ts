import type { StreamId } from './events.ts';
import { endpoint, GET, settle } from './testing/recorder.ts';
import { begunClient, begunServer, block, feed, frame } from './testing/wire.ts';

const [method, scheme, path, authority] = [GET.slice(0, 2), GET.slice(2, 4), GET.slice(4, 6), GET.slice(6)];
const CHAT = [':method', 'CONNECT', ':protocol', 'websocket', ...scheme, ':path', '/chat', ...authority];
const RESET = frame(3, 0, 1, [0, 0, 0, 1]);

describe('a request is malformed (RFC 9113 8.3.1)', () => {
  it.each<readonly [string, readonly string[]]>([
    ['a method that is no token', [':method', 'GET /', ...scheme, ...path, ...authority]],
    ['a path with a space', [...method, ...scheme, ':path', '/a HTTP/1.1', ...authority]],
    ['a path with a control character', [...method, ...scheme, ':path', '/a\u0001', ...authority]],
    ['a path with a fragment', [...method, ...scheme, ':path', '/a#b', ...authority]],
    ['a scheme that is none', [...method, ':scheme', 'ht tp', ...path, ...authority]],
    ['an authority with a user', [...method, ...scheme, ...path, ':authority', 'me@a.test']],
    ['an authority with a path', [...method, ...scheme, ...path, ':authority', 'a.test/b']],
    ['a host with a space', [...method, ...scheme, ...path, 'host', 'a b']],
    ['a second host after an empty one', [...method, ...scheme, ...path, 'host', '', 'host', 'a']],
    ['an empty host beside :authority', [...GET, 'host', '']],
    ['an empty :protocol', [':method', 'CONNECT', ':protocol', '', ...scheme, ...path, ...authority]],
  ])('%s', (_, fields) => {
    const server = begunServer({ extendedConnect: true });
    expect(feed(server, frame(1, 5, 1, block(fields)))).toEqual(RESET);
  });

  it.each<readonly [string, readonly string[]]>([
    ['a host in other case', [...GET, 'host', 'A.Test']],
    ['a host with the default port', [...GET, 'host', 'a.test:80']],
    ['bytes that browsers send as they are', [...method, ...scheme, ':path', '/a|b[c]{d}?q=^', ...authority]],
    ['an address as authority', [...method, ...scheme, ...path, ':authority', '[::1]:8080']],
    ['OPTIONS of all', [':method', 'OPTIONS', ...scheme, ':path', '*', ...authority]],
  ])('is not: %s', (_, fields) => {
    const server = begunServer();
    expect(feed(server, frame(1, 5, 1, block(fields)))).toEqual([]);
    expect(server.told.lines.at(-1)).toBe('end 1');
  });
});

it('takes an :authority that is none where nobody passes it on', () => {
  const fields = [...method, ...scheme, ...path, ':authority', 'http://a.test:2379'];
  const server = begunServer({ anyAuthority: true });
  expect(feed(server, frame(1, 5, 1, block(fields)))).toEqual([]);
  expect(server.told.lines.at(-1)).toBe('end 1');
});

it('holds a block in one frame to the limit of blocks', () => {
  const server = begunServer({ limits: { headerBlockBytes: 100 } });
  feed(server, frame(1, 5, 1, block([...GET, 'x', 'y'.repeat(200)])));
  expect(server.told.error?.message).toMatch(/^ENHANCE_YOUR_CALM/);
});

it('takes no content with 204', () => {
  const client = begunClient();
  client.connection.open(GET, true, 'mine');
  feed(client, [...frame(1, 4, 1, block([':status', '204'])), ...frame(0, 1, 1, [1])]);
  expect(client.told.lines.at(-1)).toBe('close 1 PROTOCOL_ERROR');
});

describe('a tunnel (RFC 9113 8.5)', () => {
  const CONNECT = [':method', 'CONNECT', ':authority', 'a.test:443'];

  it('has no content-length', () => {
    const client = begunClient();
    const stream = client.connection.open(CONNECT, false, 'mine');
    expect(stream).toBe(1);
    feed(client, [...frame(1, 4, 1, block([':status', '200', 'content-length', '1'])), ...frame(0, 0, 1, [1, 2])]);
    expect(client.told.content.get(1)).toBe('\u0001\u0002');
    const server = begunServer();
    feed(server, [...frame(1, 4, 1, block([...CONNECT, 'content-length', '1'])), ...frame(0, 0, 1, [1, 2])]);
    expect(server.told.content.get(1)).toBe('\u0001\u0002');
  });

  it('has no trailers', () => {
    const client = begunClient();
    client.connection.open(CONNECT, false, 'mine');
    feed(client, [...frame(1, 4, 1, block([':status', '200'])), ...frame(1, 5, 1, block(['a', 'b']))]);
    expect(client.told.lines.at(-1)).toBe('close 1 PROTOCOL_ERROR');
    const server = begunServer();
    feed(server, [...frame(1, 4, 1, block(CONNECT)), ...frame(1, 5, 1, block(['a', 'b']))]);
    expect(server.told.lines.at(-1)).toBe('close 1 PROTOCOL_ERROR');
  });

  it('that was refused is a response as any other', () => {
    const client = begunClient();
    client.connection.open(CONNECT, false, 'mine');
    const refusal = frame(1, 4, 1, block([':status', '407', 'content-length', '1']));
    feed(client, [...refusal, ...frame(0, 0, 1, [1]), ...frame(1, 5, 1, block(['a', 'b']))]);
    expect(client.told.lines.at(-1)).toBe('end 1 a=b');
  });
});

describe('extended CONNECT (RFC 8441)', () => {
  it('is used only once the server has offered it', () => {
    const client = endpoint('client');
    const server = endpoint('server', { extendedConnect: true });
    expect(client.connection.hasExtendedConnect).toBe(false);
    expect(() => client.connection.open(CHAT, false, 'mine')).toThrow(/offered/);
    settle(client, server);
    expect(client.connection.hasExtendedConnect).toBe(true);
    expect(client.connection.open(CHAT, false, 'mine')).toBe(1);
    settle(client, server);
    expect(server.told.lines).toContain('head 1 CONNECT /chat');
  });

  it('may not be taken back', () => {
    const client = begunClient({}, frame(4, 0, 0, [0, 8, 0, 0, 0, 1]));
    expect(client.connection.hasExtendedConnect).toBe(true);
    feed(client, frame(4, 0, 0, [0, 8, 0, 0, 0, 0]));
    expect(client.told.error?.message).toMatch(/^PROTOCOL_ERROR/);
  });

  it('carries bytes both ways, whatever a length says', () => {
    const client = endpoint('client');
    const server = endpoint('server', { extendedConnect: true });
    settle(client, server);
    const stream = client.connection.open(CHAT, false, 'mine') ?? (0 as StreamId);
    settle(client, server);
    server.connection.head(stream, [':status', '200'], false);
    server.connection.data(stream, Uint8Array.of(104, 105), 0, 2, false);
    client.connection.data(stream, Uint8Array.of(104, 111), 0, 2, true);
    settle(client, server);
    expect([client.told.content.get(stream), server.told.content.get(stream)]).toEqual(['hi', 'ho']);
  });
});

it('takes a stream id that was passed over for what it is (RFC 9113 5.1.1)', () => {
  const server = begunServer();
  feed(server, [...frame(1, 5, 5, block(GET)), ...frame(1, 5, 3, block(GET))]);
  expect(server.told.error?.message).toMatch(/^PROTOCOL_ERROR/);
});
