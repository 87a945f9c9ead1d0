import { Http1FieldError } from './connection-error.ts';
import { FieldNames } from './field-names.ts';
import type { ForwardOptions } from './request-head.ts';
import { clientEnd, give, serverEnd, take } from './testing/recorder.ts';

/** What a proxy sends on of this request. */
function forwarded(request: string, fields: readonly string[] = [], options: ForwardOptions = {}): string {
  const server = serverEnd();
  const client = clientEnd();
  server.told.onHead = (head, endStream): void => {
    client.connection.forward(head, fields, endStream, options);
  };
  give(server, request);
  return take(client);
}

/** What a proxy answers when it gets this response to this request. */
function answered(request: string, response: string, except?: FieldNames): string {
  const server = serverEnd();
  const client = clientEnd();
  give(server, request);
  client.connection.request('GET', '/', ['host', 'a'], true);
  client.told.onHead = (head, endStream): void => {
    server.connection.forward(head, ['via', '1.1 us'], endStream, except);
  };
  client.told.onBytes = (bytes, start, end): void => {
    server.connection.data(bytes, start, end, false);
  };
  client.told.onWhole = (trailers): void => {
    server.connection.trailers(['ours', '1'], trailers);
  };
  give(client, response);
  return take(server);
}

const lines = (...parts: readonly string[]): string => `${parts.join('\r\n')}\r\n\r\n`;

describe('a request that a proxy sends on', () => {
  it('keeps its end-to-end fields as they came, in order; those of its connection stay here', () => {
    const request = lines(
      'GET /a?b=c HTTP/1.1',
      'Host: shop.test',
      'X-One:  1 ',
      'x-two: 2',
      'Connection: keep-alive, X-Secret, te',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'Proxy-Authorization: Basic eA==',
      'TE: trailers',
      'x-SECRET: hop',
      'Upgrade: h2c',
      'X-Three: 3',
      'Cookie: a=b',
    );
    const except = new FieldNames('Cookie', 'X-Forwarded-For');
    expect(forwarded(request, ['x-forwarded-for', '192.0.2.1', 'via', '1.1 us'], { except })).toBe(
      lines(
        'GET /a?b=c HTTP/1.1',
        'Host: shop.test',
        'X-One:  1 ',
        'x-two: 2',
        'X-Three: 3',
        'x-forwarded-for: 192.0.2.1',
        'via: 1.1 us',
      ),
    );
  });

  it.each([
    ['http://a.test/x?y', '/x?y'],
    ['http://a.test', '/'],
    ['http://a.test?y', '/?y'],
  ])('in absolute form %s goes on as %s', (target, origin) => {
    expect(forwarded(lines(`GET ${target} HTTP/1.1`, 'Host: a.test'))).toBe(
      lines(`GET ${origin} HTTP/1.1`, 'Host: a.test'),
    );
  });

  it('OPTIONS of a whole server goes on as an asterisk (RFC 9112, section 3.2.4)', () => {
    expect(forwarded(lines('OPTIONS http://a.test HTTP/1.1', 'Host: a.test'))).toMatch(/^OPTIONS \* HTTP/);
  });

  it('is framed anew: a length stays, chunks are made again, nothing stays nothing', () => {
    expect(forwarded(lines('POST / HTTP/1.1', 'Content-Length: 5', 'Host: a'))).toBe(
      lines('POST / HTTP/1.1', 'Host: a', 'content-length: 5'),
    );
    expect(forwarded(lines('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: Chunked'))).toBe(
      lines('POST / HTTP/1.1', 'Host: a', 'transfer-encoding: chunked'),
    );
    expect(forwarded(lines('GET / HTTP/1.1', 'Host: a'))).toBe(lines('GET / HTTP/1.1', 'Host: a'));
  });

  it('may have another target and Host; one is needed, two are refused', () => {
    const request = lines('GET /a HTTP/1.1', 'Host: a');
    const except = new FieldNames('host');
    expect(forwarded(request, ['host', 'b'], { target: '/b', except })).toBe(lines('GET /b HTTP/1.1', 'host: b'));
    expect(() => forwarded(request, [], { except })).toThrow(Http1FieldError);
    expect(() => forwarded(request, ['host', 'b'])).toThrow(Http1FieldError);
    expect(() => forwarded(lines('GET / HTTP/1.0'))).toThrow(Http1FieldError);
    expect(() => forwarded(request, [], { target: '/a b' })).toThrow(Http1FieldError);
  });

  it('of HTTP/1.0 goes on as HTTP/1.1', () => {
    expect(forwarded(lines('GET / HTTP/1.0', 'Host: a', 'Connection: keep-alive'))).toBe(
      lines('GET / HTTP/1.1', 'Host: a'),
    );
  });
});

describe('a response that a proxy sends back', () => {
  const GET = lines('GET / HTTP/1.1', 'Host: a');

  it('keeps its status and end-to-end fields; its phrase is ours', () => {
    const response = `${lines('HTTP/1.1 404 Nope', 'Server: x', 'Connection: close', 'A: b', 'Content-Length: 2', 'C: d')}no`;
    expect(answered(GET, response, new FieldNames('Server'))).toBe(
      `${lines('HTTP/1.1 404 Not Found', 'A: b', 'C: d', 'via: 1.1 us', 'content-length: 2')}no`,
    );
  });

  it('in chunks keeps its trailers', () => {
    const response = `${lines('HTTP/1.1 200 OK', 'Trailer: Sum', 'Transfer-Encoding: chunked')}2\r\nok\r\n0\r\nSum: 7\r\nKeep-Alive: x\r\n\r\n`;
    expect(answered(GET, response)).toBe(
      `${lines('HTTP/1.1 200 OK', 'Trailer: Sum', 'via: 1.1 us', 'transfer-encoding: chunked')}2\r\nok\r\n0\r\nSum: 7\r\nours: 1\r\n\r\n`,
    );
  });

  it('in chunks goes to HTTP/1.0 without them', () => {
    const response = `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}2\r\nok\r\n0\r\nSum: 7\r\n\r\n`;
    expect(answered(lines('GET / HTTP/1.0'), response)).toBe(
      `${lines('HTTP/1.1 200 OK', 'via: 1.1 us', 'connection: close')}ok`,
    );
  });
});

describe('FieldNames', () => {
  it('knows its names in any case, and no others', () => {
    const names = new FieldNames('X-A_B', 'Cookie');
    const has = (name: string): boolean => names.has(Buffer.from(`..${name}..`), 2, 2 + name.length);
    expect(['x-a_b', 'X-A_B', 'COOKIE'].map(has)).toEqual([true, true, true]);
    expect(['x-a\x7fb', 'x-a-b', 'cookies', 'cooki', ''].map(has)).toEqual([false, false, false, false, false]);
  });
});
