import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { Agent as NodeAgent, request as nodeRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Pool as UndiciPool } from 'undici';
import { startAnswering } from './testing/answering.ts';

const run = promisify(execFile);
const LARGE = 'x'.repeat(3_000_000);

/** @returns what curl printed: the answer, then the version it was given in */
async function curl(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('curl', ['-sS', '--noproxy', '*', '-m', '20', ...args], { maxBuffer: 50_000_000 });
  return stdout;
}

function asked(options: RequestOptions, content?: string): Promise<{ response: IncomingMessage; body: string }> {
  return new Promise((resolve, reject) => {
    const request = nodeRequest({ host: '127.0.0.1', ...options }, (response) => {
      text(response).then((body) => {
        resolve({ response, body });
      }, reject);
    });
    request.on('error', reject);
    request.end(content);
  });
}

describe('a server of ours, asked by', () => {
  it('node:http: keep-alive, contents of any framing, 100-continue, trailers, CONNECT', async () => {
    await using server = await startAnswering();
    const { port } = server;
    using agent = disposable(new NodeAgent({ keepAlive: true, maxSockets: 1 }), (one) => {
      one.destroy();
    });
    const shared = { port, agent: agent.value };
    for (let time = 0; time < 20; time += 1) {
      expect((await asked({ ...shared, path: '/hello' })).body).toBe('porto');
    }
    expect((await asked({ ...shared, path: '/echo', method: 'POST' }, LARGE)).body).toBe(LARGE);
    const headers = { 'transfer-encoding': 'chunked', expect: '100-continue' };
    expect((await asked({ ...shared, path: '/count', method: 'PUT', headers }, LARGE)).body).toBe('3000000');
    const head = await asked({ ...shared, path: '/bytes/70', method: 'HEAD' });
    expect(head).toMatchObject({ body: '', response: { headers: { 'content-length': '70' } } });
    expect(server.counters).toMatchObject({ connections: 1, requests: 23, requestsBroken: 0, connectionErrors: 0 });

    const connecting = nodeRequest({ host: '127.0.0.1', port, method: 'CONNECT', path: 'a:443' }).end();
    const [, socket] = (await once(connecting, 'connect')) as [IncomingMessage, NodeJS.ReadWriteStream];
    socket.end('through');
    expect(await text(socket)).toBe('through');
  });

  it('fetch: contents of any framing, streams, an abort', async () => {
    await using server = await startAnswering();
    const origin = `http://127.0.0.1:${server.port}`;
    expect(await (await fetch(`${origin}/hello`)).text()).toBe('porto');
    expect(await (await fetch(`${origin}/echo`, { method: 'POST', body: LARGE })).text()).toBe(LARGE);
    const stream = new ReadableStream({
      pull(controller): void {
        controller.enqueue(Buffer.from('piece'));
        controller.close();
      },
    });
    const streamed = await fetch(`${origin}/echo`, { method: 'POST', body: stream, duplex: 'half' });
    expect(await streamed.text()).toBe('piece');
    const abort = new AbortController();
    const endless = await fetch(`${origin}/bytes/1000000000`, { signal: abort.signal });
    expect(endless.status).toBe(200);
    abort.abort();
    await server.handler.until(() => server.handler.of('/bytes/1000000000').isClosed);
    expect(server.handler.of('/bytes/1000000000').failure).toMatchObject({ code: 'HTTP_EXCHANGE_LOST' });
    expect(server.counters).toMatchObject({ requests: 4, requestsOpen: 0, requestsBroken: 1 });
  });

  it('undici: many connections, pipelining, an upgrade', async () => {
    await using server = await startAnswering();
    await using pool = disposable(
      new UndiciPool(`http://127.0.0.1:${server.port}`, { connections: 8, pipelining: 10 }),
      (one) => one.destroy(),
    );
    const bodies = await Promise.all(
      Array.from({ length: 2_000 }, async (_, index) => {
        const { body } = await pool.value.request({ path: `/bytes/${index}`, method: 'GET' });
        return (await body.arrayBuffer()).byteLength;
      }),
    );
    expect(bodies).toEqual(Array.from({ length: 2_000 }, (_, index) => index));
    const { socket } = await pool.value.upgrade({ path: '/tunnel', protocol: 'chat' });
    socket.end('back and forth');
    expect(await text(socket)).toBe('back and forth');
    expect(server.counters).toMatchObject({ requests: 2_001, requestsBroken: 0, connectionErrors: 0 });
  });

  it('curl: HTTP/1.0, keep-alive, a large upload with 100-continue, chunks, an offer of h2c', async () => {
    await using server = await startAnswering();
    const origin = `http://127.0.0.1:${server.port}`;
    expect(await curl('--http1.0', `${origin}/hello`)).toBe('porto');
    expect(await curl(`${origin}/hello`, `${origin}/bytes/3`, '-w', '%{num_connects}')).toBe('porto1por0');
    expect(await curl('-H', 'expect: 100-continue', '-d', 'x'.repeat(100_000), `${origin}/count`)).toBe('100000');
    expect(await curl('-H', 'transfer-encoding: chunked', '-d', 'abc', `${origin}/echo`)).toBe('abc');
    expect(await curl('--http2', '-w', ' %{http_version}', `${origin}/hello`)).toBe('porto 1.1');
    expect(await curl('-I', `${origin}/bytes/70`)).toContain('content-length: 70');
    expect(await curl('-o', '/dev/null', '-w', '%{size_download}', `${origin}/bytes/30000000`)).toBe('30000000');
    expect(server.counters).toMatchObject({ requests: 8, requestsBroken: 0, connectionErrors: 0, connections: 7 });
  });
});

function disposable<T>(value: T, dispose: (value: T) => unknown): { readonly value: T } & Disposable & AsyncDisposable {
  return {
    value,
    [Symbol.dispose]: () => {
      dispose(value);
    },
    [Symbol.asyncDispose]: async () => {
      await dispose(value);
    },
  };
}
