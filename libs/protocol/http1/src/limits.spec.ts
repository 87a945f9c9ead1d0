import { DEFAULT_LIMITS, type Http1Limits } from './limits.ts';
import { bytesOf } from './testing/bytes.ts';
import { clientEnd, echoEnd, give, serverEnd, take } from './testing/recorder.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';

/** A limit, bytes that just reach it, and the bytes that go past it, with what happens then. */
type Row = readonly [limits: Partial<Http1Limits>, within: string, past: string, outcome: string];

const REFUSING: readonly Row[] = [
  [
    { headBytes: 40 },
    `GET / HTTP/1.1\r\nHost: a\r\nA: 123456789\r\n\r\n`.slice(0, 36) + '\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: a\r\nA: 1234567890123`,
    'head-too-long 431',
  ],
  [
    { fields: 2 },
    'GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\n\r\n',
    'too-many-fields 431',
  ],
  [{ methodBytes: 3 }, GET, 'HEAD / HTTP/1.1\r\n', 'method-too-long 501'],
  [{ uriBytes: 1 }, GET, 'GET /a HTTP/1.1\r\n', 'uri-too-long 414'],
  [
    { connectionOptions: 2 },
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: y\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: x,y\r\nConnection: z\r\n\r\n',
    'too-many-connection-options 400',
  ],
  [{ chunkSizeDigits: 3 }, `${CHUNKED}001\r\nx\r\n000\r\n\r\n`, `${CHUNKED}0001`, 'chunk-size-too-long 400'],
  [
    { chunkExtensionBytes: 4 },
    `${CHUNKED}1;a\r\nx\r\n0;b\r\n\r\n`,
    `${CHUNKED}1;a\r\nx\r\n0;bc\r\n\r\n`,
    'chunk-extensions-too-long 400',
  ],
  [{ trailerBytes: 6 }, `${CHUNKED}0\r\nA: b\r\n\r\n`, `${CHUNKED}0\r\nA: bc\r\n\r\n`, 'trailers-too-long 431'],
  [
    { contentBytes: 3 },
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n',
    'content-too-long 413',
  ],
  [
    { contentBytes: 4 },
    `${CHUNKED}2\r\nab\r\n2\r\nab\r\n0\r\n\r\n`,
    `${CHUNKED}2\r\nab\r\n3\r\n`,
    'content-too-long 413',
  ],
];

describe('past a limit a request is refused, at it it is not', () => {
  it.each(REFUSING)('%j', (limits, within, past, outcome) => {
    const kept = echoEnd({ limits });
    give(kept, within);
    expect(take(kept)).toMatch(/^HTTP\/1\.1 200 /);
    const refused = echoEnd({ limits });
    give(refused, past);
    expect(refused.told.lines.at(-1)).toBe(`error ${outcome}`);
    expect(take(refused)).toMatch(new RegExp(`^HTTP/1\\.1 ${outcome.split(' ').at(-1) ?? ''} `));
  });

  it('trailers are fields as well', () => {
    const server = echoEnd({ limits: { fields: 2 } });
    give(server, `${CHUNKED}0\r\nA: b\r\nC: d\r\nE: f\r\n\r\n`);
    expect(server.told.lines.at(-1)).toBe('error too-many-fields 431');
  });
});

describe('content that nobody wants any more', () => {
  it('is dropped up to drainedBytes, and the connection goes on', () => {
    const server = serverEnd({ limits: { drainedBytes: 3 } });
    give(server, `${CHUNKED}1\r\na\r\n`);
    server.connection.head(200, [], true);
    give(server, `3\r\nbcd\r\n0\r\n\r\n${GET}`);
    expect(server.told.lines.at(-1)).toBe('request GET / 1.1 Host=a | end');
  });

  it('closes the connection past it', () => {
    const server = serverEnd({ limits: { drainedBytes: 3 } });
    give(server, `${CHUNKED}1\r\na\r\n`);
    server.connection.head(200, [], true);
    give(server, `3\r\nbcd\r\n1\r\n`);
    expect(server.connection.phase).toBe('drain');
    give(server, 'e');
    expect([server.connection.phase, server.connection.wantsClose]).toEqual(['closed', true]);
    expect(server.told.error).toBeUndefined();
  });
});

describe('input behind a request', () => {
  it('is not wanted past pipelinedBytes, until the response is finished', () => {
    const server = serverEnd({ limits: { pipelinedBytes: GET.length * 2 } });
    give(server, GET + GET);
    expect(server.connection.wantsRead).toBe(true);
    give(server, GET);
    expect(server.connection.wantsRead).toBe(false);
    server.connection.head(200, [], true);
    server.connection.output.clear();
    server.connection.flushed();
    expect(server.connection.wantsRead).toBe(true);
  });

  it('that is read nevertheless ends the connection', () => {
    const server = serverEnd({ limits: { pipelinedBytes: GET.length } });
    give(server, GET + GET);
    give(server, GET);
    expect(server.told.lines.at(-1)).toBe('error pipelined-too-much 400');
    expect(take(server)).toBe('');
  });
});

describe('output that nobody reads', () => {
  it('holds back the next request', () => {
    const server = echoEnd({ limits: { outputBytes: 60 } });
    give(server, GET.repeat(10));
    expect(server.told.lines).toHaveLength(2);
    expect(server.connection.output.length).toBeLessThan(120);
    take(server);
    expect(server.told.lines).toHaveLength(10);
  });

  it('takes no more content, and says when it does again', () => {
    const server = serverEnd({ limits: { outputBytes: 1_000 } });
    give(server, GET);
    server.connection.head(200, ['content-length', '2000'], false);
    const content = new Uint8Array(2_000).fill(97);
    let sent = 0;
    const send = (): void => {
      sent += server.connection.data(content, sent, content.length, true);
    };
    server.told.onRoom = send;
    send();
    expect(sent).toBe(1_000 - 'HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n'.length);
    expect(take(server)).toMatch(/a{2000}$/);
    expect(server.told.lines.filter((line) => line === 'writable')).toHaveLength(2);
    expect(server.connection.phase).toBe('idle');
  });

  it('makes no chunk that is not worth it', () => {
    const server = serverEnd({ limits: { outputBytes: 100 } });
    give(server, GET);
    server.connection.head(200, [], false);
    expect(server.connection.data(bytesOf('x'.repeat(500)), 0, 500, false)).toBe(0);
    server.connection.output.clear();
    expect(server.connection.data(bytesOf('x'.repeat(50)), 0, 50, false)).toBe(50);
  });
});

it('a server that never comes to the point is given up', () => {
  const client = clientEnd({ limits: { interims: 2 } });
  client.connection.request('GET', '/', ['host', 'a'], true);
  give(client, 'HTTP/1.1 103 x\r\n\r\n'.repeat(2));
  expect(client.told.error).toBeUndefined();
  give(client, 'HTTP/1.1 103 x\r\n\r\n');
  expect(client.told.lines.at(-1)).toBe('error too-many-interims 502');
});

it('a client takes content of any length unless it is told otherwise', () => {
  const client = clientEnd();
  client.connection.request('GET', '/', ['host', 'a'], true);
  give(client, `HTTP/1.1 200 OK\r\nContent-Length: ${DEFAULT_LIMITS.contentBytes * 2}\r\n\r\n`);
  expect(client.told.error).toBeUndefined();
  const bounded = clientEnd({ limits: { contentBytes: 3 } });
  bounded.connection.request('GET', '/', ['host', 'a'], true);
  give(bounded, 'HTTP/1.1 200 OK\r\n\r\nabcd');
  expect(bounded.told.lines.at(-1)).toBe('error content-too-long 502');
});

it('what a peer makes a connection hold stays within its limits', () => {
  const server = serverEnd();
  give(server, GET);
  for (let reads = 0; reads < 10_000 && server.connection.wantsRead; reads += 1) give(server, GET);
  expect(server.connection.bytesReceived).toBeLessThan(DEFAULT_LIMITS.pipelinedBytes + 3 * GET.length);
});
