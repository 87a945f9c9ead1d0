import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { createTelemetry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import { answerTo, ask } from '../testing/client.ts';
import { RESPONSE_TIMEOUT_MS, startGateway, type RunningGateway } from '../testing/running-gateway.ts';
import { nowhere, startUpstream, type Upstream } from '../testing/upstream.ts';
import { startHttpServer } from './http-server.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('a request', () => {
  let gateway: RunningGateway;
  let upstream: Upstream;
  let port: number;
  beforeEach(async () => {
    gateway = await startGateway();
    upstream = await startUpstream();
    gateway.directory.set('shop', { a: upstream.address });
    port = gateway.server.port;
  });
  afterEach(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  it('goes where its path says, without the prefix and with the query', async () => {
    const answer = await ask(port, '/shop/products/1?lang=en&x=%2F');
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ method: 'GET', url: '/products/1?lang=en&x=%2F', body: '' });
    expect((await ask(port, '/shop')).json().url).toBe('/');
  });

  it('goes where its host says, with the whole path', async () => {
    for (const host of ['shop.localhost', 'SHOP.localhost:8080']) {
      const answer = await ask(port, '/shop/products/1', { headers: { host } });
      expect(answer.json()).toMatchObject({ url: '/shop/products/1', headers: { host } });
    }
  });

  it('tells the instance who asked, how, under which prefix, and hides what belongs to a connection', async () => {
    const answer = await ask(port, '/shop/x', {
      headers: {
        'x-forwarded-for': '6.6.6.6',
        forwarded: 'for=6.6.6.6',
        connection: 'keep-alive, x-secret',
        'x-secret': 'of this hop',
        'x-kept': 'yes',
        te: 'gzip',
      },
    });
    const headers = answer.json().headers as Record<string, string>;
    expect(headers).toMatchObject({
      host: `127.0.0.1:${port}`,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': `127.0.0.1:${port}`,
      'x-forwarded-proto': 'http',
      'x-forwarded-prefix': '/shop',
      forwarded: `for=127.0.0.1;host="127.0.0.1:${port}";proto=http`,
      via: '1.1 portolan',
      'x-kept': 'yes',
    });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-secret']));
    expect(headers.te).toBeUndefined();
    expect(answer.headers.via).toBe('1.1 portolan');
  });

  it('belongs to the trace it names, and to a new one otherwise', async () => {
    const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;
    const headers = (await ask(port, '/shop/x', { headers: { traceparent } })).json().headers as Record<string, string>;
    expect(headers.traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
    const own = (await ask(port, '/shop/x')).json().headers as Record<string, string>;
    expect(own.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    const problem = await ask(port, '/nowhere', { headers: { traceparent } });
    expect(problem.json().traceId).toBe(TRACE);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('of method %s carries its body', async (method) => {
    const body = 'x'.repeat(100_000);
    const answer = await ask(port, '/shop/x', { method, body });
    expect(answer.json()).toMatchObject({ method, body });
  });

  it('without length or end in sight is streamed, and so is its answer', async () => {
    await using slow = await startUpstream((request, response) => {
      // Each piece comes back before the next one is sent.
      response.writeHead(200, { 'content-type': 'text/plain' });
      request.on('data', (piece: Buffer) => response.write(piece.toString().toUpperCase()));
      request.on('end', () => response.end());
    });
    gateway.directory.set('shop', { a: slow.address });
    const request = httpRequest({ host: '127.0.0.1', port, path: '/shop/', method: 'POST', agent: false });
    request.write('one');
    const response = await answerTo(request);
    const pieces = response[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    for (const piece of ['one', 'two', 'three']) {
      if (piece !== 'one') request.write(piece);
      const next = await pieces.next();
      expect(String(next.value)).toBe(piece.toUpperCase());
    }
    request.end();
    expect((await pieces.next()).done).toBe(true);
  });

  it('whose client reads nothing holds the instance back', async () => {
    let written = 0;
    const drained = Promise.withResolvers<undefined>();
    await using generous = await startUpstream((_request, response) => {
      const piece = Buffer.alloc(65_536);
      while (response.write(piece) && written < 10_000) written += 1;
      response.once('drain', () => {
        drained.resolve(undefined);
        response.end();
      });
    });
    gateway.directory.set('shop', { a: generous.address });
    const request = httpRequest({ host: '127.0.0.1', port, path: '/shop/', agent: false }).end();
    const response = await answerTo(request);
    expect(written).toBeLessThan(10_000);
    response.resume();
    await once(response, 'end');
    await drained.promise;
  });

  it('keeps status, reason and repeated fields of its answer; HEAD has no body, 204 no length', async () => {
    await using odd = await startUpstream((request, response) => {
      if (request.method === 'HEAD') response.writeHead(200, { 'content-length': '5' }).end();
      else if (request.url === '/none') response.writeHead(204).end();
      else
        response
          .writeHead(
            299,
            'Odd',
            [
              ['set-cookie', 'a=1'],
              ['set-cookie', 'b=2'],
            ].flat(),
          )
          .end('hello');
    });
    gateway.directory.set('shop', { a: odd.address });
    const answer = await ask(port, '/shop/');
    expect([answer.status, answer.headers['set-cookie'], answer.body]).toEqual([299, ['a=1', 'b=2'], 'hello']);
    const head = await ask(port, '/shop/', { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '5', '']);
    expect((await ask(port, '/shop/none')).status).toBe(204);
  });

  it('is recorded with its route, endpoint, status and attempts', async () => {
    const record = gateway.recorded();
    await ask(port, '/shop/products/1?secret=1');
    expect(await record).toMatchObject({
      method: 'GET',
      host: `127.0.0.1:${port}`,
      path: '/shop/products/1',
      status: 200,
      attempts: 1,
      clientGone: false,
      route: '*/shop/*',
      service: 'shop',
      endpoint: 'a',
    });
  });

  it('of a client that leaves is ended at the instance too', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const ended = Promise.withResolvers<undefined>();
    await using silent = await startUpstream((_request, response) => {
      response.once('close', () => {
        ended.resolve(undefined);
      });
      arrived.resolve(undefined);
    });
    gateway.directory.set('shop', { a: silent.address });
    const record = gateway.recorded();
    const request = httpRequest({ host: '127.0.0.1', port, path: '/shop/', agent: false }).end();
    request.on('error', () => undefined);
    await arrived.promise;
    request.destroy();
    await ended.promise;
    expect(await record).toMatchObject({ clientGone: true, status: undefined });
  });
});

describe('a request that nobody can take', () => {
  it('is 404 without a route, and 503 with Retry-After without an instance: problems that say what to do', async () => {
    await using gateway = await startGateway();
    const { port } = gateway.server;
    const lost = await ask(port, '/nix');
    expect([lost.status, lost.headers['content-type']]).toEqual([404, 'application/problem+json']);
    expect(lost.json()).toMatchObject({
      code: 'GATEWAY_NO_ROUTE',
      detail: `no route takes /nix on host 127.0.0.1:${port}`,
      fix: expect.stringContaining('/routes') as string,
    });
    const alone = await ask(port, '/shop/x');
    expect([alone.status, alone.headers['retry-after']]).toEqual([503, '2']);
    expect(alone.json()).toMatchObject({ code: 'GATEWAY_NO_ENDPOINT' });
    expect((await ask(port, '/nix', { method: 'HEAD' })).body).toBe('');
  });

  it('is 503 when every instance refuses it, each asked once', async () => {
    await using gateway = await startGateway();
    gateway.directory.set('shop', { a: await nowhere(), b: await nowhere(), c: await nowhere() });
    const record = gateway.recorded();
    const answer = await ask(gateway.server.port, '/shop/x', { method: 'POST', body: 'x' });
    expect([answer.status, answer.json().code]).toEqual([503, 'GATEWAY_UPSTREAM_UNREACHABLE']);
    expect(await record).toMatchObject({ attempts: 3 });
  });
});

describe('an instance that fails', () => {
  it.each(['GET', 'POST'])('by refusing is passed over at once, for %s too', async (method) => {
    await using gateway = await startGateway();
    await using alive = await startUpstream();
    gateway.directory.set('shop', { a: await nowhere(), b: await nowhere(), c: alive.address });
    for (let call = 0; call < 6; call += 1) {
      const answer = await ask(gateway.server.port, '/shop/x', { method, ...(method === 'POST' && { body: 'once' }) });
      expect(answer.status).toBe(200);
    }
    expect(alive.requests).toHaveLength(6);
  });

  it('before it answers costs nothing to a request that may be repeated, and 502 to any other, which is not', async () => {
    await using gateway = await startGateway();
    await using dying = await startUpstream((request) => {
      request.socket.destroy();
    });
    await using alive = await startUpstream();
    gateway.directory.set('shop', { a: dying.address, b: alive.address });
    const { port } = gateway.server;
    for (let call = 0; call < 4; call += 1) expect((await ask(port, '/shop/x')).status).toBe(200);
    expect(dying.requests.length).toBeGreaterThan(0);
    gateway.directory.set('shop', { a: dying.address });
    const before = dying.requests.length;
    const answer = await ask(port, '/shop/x', { method: 'POST', body: 'once' });
    expect([answer.status, answer.json().code]).toEqual([502, 'GATEWAY_UPSTREAM_FAILED']);
    expect(dying.requests.length - before).toBe(1);
    // Also without a body: what it does may not be done twice.
    expect((await ask(port, '/shop/x', { method: 'POST' })).status).toBe(502);
    expect(dying.requests.length - before).toBe(2);
  });

  it.each([
    ['of known length', { 'content-length': '10' }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('in the middle of an answer %s ends the client’s connection: a part is never the whole', async (_what, fields) => {
    await using gateway = await startGateway();
    await using cut = await startUpstream((request, response) => {
      response.writeHead(200, fields);
      response.write('half', () => request.socket.destroy());
    });
    gateway.directory.set('shop', { a: cut.address });
    await expect(ask(gateway.server.port, '/shop/x')).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });

  it('to answer in time is 504, and not asked again', async () => {
    const clock = new VirtualClock();
    await using gateway = await startGateway({ clock });
    const arrived = Promise.withResolvers<undefined>();
    await using silent = await startUpstream(() => {
      arrived.resolve(undefined);
    });
    gateway.directory.set('shop', { a: silent.address });
    const answer = ask(gateway.server.port, '/shop/x');
    await arrived.promise;
    await clock.advance(RESPONSE_TIMEOUT_MS);
    expect([(await answer).status, (await answer).json().code]).toEqual([504, 'GATEWAY_UPSTREAM_TIMEOUT']);
    expect(silent.requests).toHaveLength(1);
  });

  it('and is gone from the catalog has its connections closed; one that comes gets its share', async () => {
    await using gateway = await startGateway();
    await using old = await startUpstream();
    await using fresh = await startUpstream();
    const { port } = gateway.server;
    gateway.directory.set('shop', { a: old.address });
    await ask(port, '/shop/x');
    gateway.directory.set('shop', { a: old.address, b: fresh.address });
    for (let call = 0; call < 10; call += 1) await ask(port, '/shop/x');
    expect(fresh.requests.length).toBeGreaterThanOrEqual(4);
    const before = old.requests.length;
    gateway.directory.set('shop', { b: fresh.address });
    for (let call = 0; call < 5; call += 1) await ask(port, '/shop/x');
    expect(old.requests.length).toBe(before);
  });
});

describe('a drain', () => {
  it('finishes what is in flight, ends its connection with it, and takes nothing new', async () => {
    await using gateway = await startGateway();
    const { port } = gateway.server;
    const arrived = Promise.withResolvers<undefined>();
    const go = Promise.withResolvers<undefined>();
    await using upstream = await startUpstream(async (_request, response) => {
      arrived.resolve(undefined);
      await go.promise;
      response.end('done');
    });
    gateway.directory.set('shop', { a: upstream.address });
    const underWay = ask(port, '/shop/x', { headers: { connection: 'keep-alive' } });
    await arrived.promise;
    const drained = gateway.server.drain(60_000);
    expect(gateway.server.draining).toBe(true);
    await expect(ask(port, '/shop/x')).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
    go.resolve(undefined);
    expect(await underWay).toMatchObject({ status: 200, body: 'done', headers: { connection: 'close' } });
    await drained;
  });

  it('closes a kept connection once the answer that was under way on it has ended', async () => {
    await using gateway = await startGateway();
    const go = Promise.withResolvers<undefined>();
    await using upstream = await startUpstream(async (_request, response) => {
      response.write('first ');
      await go.promise;
      response.end('second');
    });
    gateway.directory.set('shop', { a: upstream.address });
    const agent = new Agent({ keepAlive: true });
    const request = httpRequest({ host: '127.0.0.1', port: gateway.server.port, path: '/shop/', agent }).end();
    const response = await answerTo(request);
    // Its head did not say that the connection ends.
    expect(response.headers.connection).toBe('keep-alive');
    const drained = gateway.server.drain(60_000);
    go.resolve(undefined);
    expect(await text(response)).toBe('first second');
    await drained;
  });

  it('cuts at its deadline what does not end', async () => {
    const clock = new VirtualClock();
    await using gateway = await startGateway({ clock });
    const arrived = Promise.withResolvers<undefined>();
    await using upstream = await startUpstream(() => {
      arrived.resolve(undefined);
    });
    gateway.directory.set('shop', { a: upstream.address });
    const underWay = ask(gateway.server.port, '/shop/x').then(
      () => 'answered',
      () => 'cut',
    );
    await arrived.promise;
    const drained = gateway.server.drain(1_000);
    await clock.advance(1_000);
    await drained;
    expect(await underWay).toBe('cut');
  });
});

it('says what to do about a port that is taken', async () => {
  await using telemetry = createTelemetry({
    app: 'gateway',
    logLevel: 'fatal',
    logFormat: 'json',
    clock: new VirtualClock(),
  });
  await using gateway = await startGateway();
  const { port } = gateway.server;
  const second = startHttpServer({
    bind: '127.0.0.1',
    port,
    strategy: 'round-robin',
    connectTimeoutMs: 1,
    responseTimeoutMs: 1,
    idleTimeoutMs: 1,
    bodyBytesMax: 1,
    trustedProxies: [],
    clock: new VirtualClock(),
    rng: { below: () => 0, float: () => 0 },
    logger: telemetry.logger('http'),
    record: () => undefined,
  });
  await expect(second).rejects.toMatchObject({
    code: 'GATEWAY_BIND_FAILED',
    fix: expect.stringContaining('--port') as string,
  });
});
