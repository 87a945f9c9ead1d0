import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Agent, fetch as undiciFetch } from 'undici';
import { createCounters, type HttpCounters } from './counters.ts';
import { http1Protocol } from './http1/http1-protocol.ts';
import { Answering as Http1Answering, type Asked } from './http1/testing/answering.ts';
import { eventually } from './http1/testing/eventually.ts';
import { Peer } from './http1/testing/peer.ts';
import { http2Protocol } from './http2/http2-protocol.ts';
import { ListenError } from './listen-error.ts';
import { startServer, type HttpServer, type HttpServerOptions } from './server.ts';
import { Answering as Http2Answering, type Asked as AskedHttp2 } from './testing/answering.ts';
import { AUTHORITY, IDENTITY } from './testing/identity.ts';

const run = promisify(execFile);
const AUTHORITY_FILE = fileURLToPath(new URL('../../../platform/rpc/testdata/ca.pem', import.meta.url));

interface BothServer extends AsyncDisposable {
  readonly server: HttpServer;
  readonly counters: HttpCounters;
  readonly http1: Http1Answering;
  readonly http2: Http2Answering;
  readonly origin: string;
}

/** One port that speaks both. */
async function startBoth(options: Partial<HttpServerOptions> = {}): Promise<BothServer> {
  const counters = createCounters();
  const http1 = new Http1Answering();
  const http2 = new Http2Answering();
  const server = await startServer({
    bind: { host: '127.0.0.1', port: 0 },
    counters,
    protocols: {
      h2: http2Protocol<AskedHttp2>({ handler: http2, counters }),
      'http/1.1': http1Protocol<Asked>({ handler: http1, counters }),
    },
    ...options,
  });
  return {
    server,
    counters,
    http1,
    http2,
    origin: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => {
      server.destroy();
      return server.drain();
    },
  };
}

async function asked(session: ClientHttp2Session, path: string): Promise<number> {
  const stream = session.request({ ':path': path });
  return (await text(stream)).length;
}

async function curl(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('curl', ['-sS', '--noproxy', '*', '-m', '20', '-w', ' %{http_version}', ...args]);
  return stdout;
}

describe.each([
  ['without TLS, by the first bytes', undefined],
  ['over TLS, by ALPN', IDENTITY],
])('one port speaks both, %s', (_, tls) => {
  it('with node:http2, fetch, undici and curl, side by side', async () => {
    await using both = await startBoth({ tls });
    const { origin, counters } = both;
    const session = connectHttp2(origin, { ca: AUTHORITY });
    const dispatcher = new Agent({ connect: { ca: AUTHORITY }, allowH2: false });
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, () => asked(session, '/hello')),
      ...Array.from({ length: 20 }, async () => {
        const response = await undiciFetch(`${origin}/hello`, { dispatcher });
        return (await response.text()).length;
      }),
    ]);
    expect(new Set(answers)).toEqual(new Set([5]));
    expect([both.http1.asked.length, both.http2.asked.length]).toEqual([20, 20]);
    const prior = tls === undefined ? '--http2-prior-knowledge' : '--http2';
    expect(await curl('--cacert', AUTHORITY_FILE, '--http1.1', `${origin}/hello`)).toBe('porto 1.1');
    expect(await curl('--cacert', AUTHORITY_FILE, prior, `${origin}/bytes/5`)).toMatch(/^.{5} 2$/);
    expect(counters).toMatchObject({ requests: 42, requestsBroken: 0, connectionErrors: 0 });
    session.close();
    await dispatcher.close();
    await eventually(() => counters.connectionsOpen === 0);
  });

  it('and a drain ends both: what is idle at once, the rest behind what is under way', async () => {
    await using both = await startBoth({ tls });
    const { origin, http1, http2, counters } = both;
    const session = connectHttp2(origin, { ca: AUTHORITY });
    const dispatcher = new Agent({ connect: { ca: AUTHORITY }, allowH2: false });
    const late2 = asked(session, '/hold');
    const late1 = undiciFetch(`${origin}/hold`, { dispatcher });
    const idle = await undiciFetch(`${origin}/hello`, { dispatcher });
    await idle.text();
    await eventually(() => http1.asked.length === 2 && http2.asked.length === 1);
    expect(counters.connectionsOpen).toBe(3);
    const drained = both.server.drain();
    await eventually(() => counters.connectionsOpen === 2);
    http1.of('/hold').hello();
    http2.asked[0]?.answer(7);
    const response = await late1;
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.text()).toBe('porto');
    expect(await late2).toBe(7);
    await drained;
    expect(counters).toMatchObject({ connectionsOpen: 0, requestsBroken: 0 });
    await dispatcher.close();
  });
});

describe('a client of TLS', () => {
  it('without ALPN speaks HTTP/1.1', async () => {
    await using both = await startBoth({ tls: IDENTITY });
    const socket = connectTls({ host: '127.0.0.1', port: both.server.port, ca: AUTHORITY });
    await once(socket, 'secureConnect');
    using peer = new Peer(socket);
    peer.get('/hello');
    await peer.text('porto');
    peer.get('/bytes/20000000', 'connection: close');
    await peer.closed;
    expect(peer.received.length).toBeGreaterThan(20_000_000);
    expect(both.counters.requestsBroken).toBe(0);
  });

  it('of HTTP/1.0 sees that a broken response is no whole one', async () => {
    await using both = await startBoth({ tls: IDENTITY });
    expect(await curl('--cacert', AUTHORITY_FILE, '--http1.0', `${both.origin}/hello`)).toBe('porto 1.1');
    const address = `127.0.0.1:${both.server.port}`;
    const client = run('openssl', ['s_client', '-quiet', '-CAfile', AUTHORITY_FILE, '-connect', address]);
    client.child.stdin?.write('GET /hold HTTP/1.0\r\n\r\n');
    await eventually(() => both.http1.asked.length === 2);
    const { wire } = both.http1.of('/hold');
    const before = both.counters.bytesWritten;
    wire.head(200, [], false);
    wire.data(Buffer.from('part'), 0, 4, false);
    await eventually(() => both.counters.bytesWritten > before && wire.socket.writableLength === 0);
    wire.abort();
    // A connection that ends as it should says so in TLS; this one was cut.
    await expect(client).rejects.toThrow('unexpected eof');
  });
});

describe('the first bytes', () => {
  it('may come one by one, whatever they begin', async () => {
    await using both = await startBoth();
    using peer = await Peer.open(both.server.port);
    for (const character of 'PRIVATE /hello HTTP/1.1\r\nhost: a\r\n\r\n') {
      peer.send(character);
      await new Promise(setImmediate);
    }
    await peer.text('porto');
    expect(both.http1.asked).toHaveLength(1);
    expect(both.http1.asked[0]).toMatchObject({ method: 'PRIVATE' });
  });

  it('of many requests at once are not lost', async () => {
    await using both = await startBoth();
    using peer = await Peer.open(both.server.port);
    peer.send('GET /hello HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(5_000));
    await peer.text('porto', 5_000);
    expect(both.counters).toMatchObject({ requests: 5_000, requestsBroken: 0 });
  });
});

it('a port that is taken is said to be', async () => {
  await using both = await startBoth();
  const bind = { host: '127.0.0.1', port: both.server.port };
  await expect(startBoth({ bind })).rejects.toThrow(ListenError);
});
