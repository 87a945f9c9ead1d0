import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ask, exchangeBytes, open } from '../testing/client.ts';
import { startGateway, type RunningGateway } from '../testing/running-gateway.ts';
import { startUpstream, type Upstream } from '../testing/upstream.ts';

describe('what a client sends', () => {
  let gateway: RunningGateway;
  let upstream: Upstream;
  let port: number;
  beforeEach(async () => {
    gateway = await startGateway({ bodyBytesMax: 1_000 });
    upstream = await startUpstream();
    gateway.directory.set('shop', { a: upstream.address });
    port = gateway.server.port;
  });
  afterEach(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['two lengths', head('POST /shop/x HTTP/1.1', 'Host: a', 'Content-Length: 1', 'Content-Length: 2') + 'ab'],
    [
      'a length and chunks',
      head('POST /shop/x HTTP/1.1', 'Host: a', 'Content-Length: 3', 'Transfer-Encoding: chunked') + '0\r\n\r\n',
    ],
    [
      'a coding that hides chunks',
      head('POST /shop/x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked, x') + '0\r\n\r\n',
    ],
    ['a space before the colon', head('GET /shop/x HTTP/1.1', 'Host : a')],
    ['a field that goes on in the next line', head('GET /shop/x HTTP/1.1', 'Host: a', 'X-A: b', ' c')],
    ['no host', head('GET /shop/x HTTP/1.1')],
    ['two hosts', head('GET /shop/x HTTP/1.1', 'Host: a', 'Host: b')],
    ['a host that is none', head('GET /shop/x HTTP/1.1', 'Host: a b')],
    ['a path with dots', head('GET /shop/../admin HTTP/1.1', 'Host: a')],
    ['a path with an encoded slash', head('GET /shop/a%2fb HTTP/1.1', 'Host: a')],
    ['a path with a backslash', head('GET /shop\\x HTTP/1.1', 'Host: a')],
    ['a NUL in a field', head('GET /shop/x HTTP/1.1', 'Host: a', 'X-A: b\0c')],
  ])('with %s is 400, a problem, and reaches nobody', async (_what, bytes) => {
    const answer = await exchangeBytes(port, bytes.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toMatch(/application\/problem\+json/i);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({
      status: 400,
      code: expect.stringMatching(/^(GATEWAY_MALFORMED_REQUEST|ROUTING_AMBIGUOUS_PATH)$/) as string,
      fix: expect.any(String) as string,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    });
    expect(upstream.requests).toEqual([]);
  });

  it('in absolute form goes by that form', async () => {
    const answer = await exchangeBytes(
      port,
      head('GET http://shop.localhost/x?y HTTP/1.1', 'Host: other', 'Connection: close'),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(upstream.requests).toEqual(['GET /x?y']);
  });

  it('as HTTP/1.0 without a host is answered', async () => {
    expect(await exchangeBytes(port, head('GET /shop/x HTTP/1.0'))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('with a head of more than 16 KiB is 431', async () => {
    const answer = await ask(port, '/shop/x', { headers: { cookie: 'x'.repeat(20_000) } });
    expect([answer.status, answer.json().code]).toEqual([431, 'GATEWAY_HEAD_TOO_LARGE']);
  });

  it('with a body over the limit is 413, told by its length at once, and in chunks as soon as it is too long', async () => {
    const known = await ask(port, '/shop/x', { method: 'POST', body: 'x'.repeat(1_001) });
    expect([known.status, known.json().code]).toEqual([413, 'GATEWAY_BODY_TOO_LARGE']);
    expect(upstream.requests).toEqual([]);
    const chunks = { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: 'x'.repeat(1_001) };
    const unknown = await ask(port, '/shop/x', chunks);
    expect([unknown.status, unknown.json().code]).toEqual([413, 'GATEWAY_BODY_TOO_LARGE']);
    expect((await ask(port, '/shop/x', { method: 'POST', body: 'x'.repeat(1_000) })).status).toBe(200);
    // It may finish sending, and then reads why.
    expect((await ask(port, '/shop/x', { method: 'POST', body: 'x'.repeat(10_000_000) })).status).toBe(413);
  });

  it('with Expect: 100-continue is told to go on when an instance takes it, or refused before it sends', async () => {
    const socket = await open(port);
    const received = text(socket);
    socket.write(
      head('POST /shop/x HTTP/1.1', 'Host: a', 'Content-Length: 2', 'Expect: 100-continue', 'Connection: close'),
    );
    await once(socket, 'readable');
    socket.write('ab');
    expect(await received).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    const expectation = ['Host: a', 'Content-Length: 5000', 'Expect: 100-continue', 'Connection: close'];
    expect(await exchangeBytes(port, head('POST /shop/x HTTP/1.1', ...expectation))).toMatch(/^HTTP\/1\.1 413 /);
    const odd = head('POST /shop/x HTTP/1.1', 'Host: a', 'Content-Length: 2', 'Expect: miracles', 'Connection: close');
    expect(await exchangeBytes(port, odd)).toMatch(/^HTTP\/1\.1 417 .*GATEWAY_EXPECTATION/s);
  });

  it.each([
    ['TRACE', head('TRACE /shop/x HTTP/1.1', 'Host: a', 'Connection: close')],
    ['CONNECT', head('CONNECT a:443 HTTP/1.1', 'Host: a:443')],
  ])('as %s is 501', async (_method, bytes) => {
    expect(await exchangeBytes(port, bytes)).toMatch(/^HTTP\/1\.1 501 .*GATEWAY_UNSUPPORTED/s);
  });

  it('one after the other on one connection is answered one after the other', async () => {
    const first = head('GET /shop/1 HTTP/1.1', 'Host: a');
    const last = head('GET /shop/2 HTTP/1.1', 'Host: a', 'Connection: close');
    const answer = await exchangeBytes(port, first + last);
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(upstream.requests).toEqual(['GET /1', 'GET /2']);
  });
});
