import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../http1/testing/eventually.ts';
import { IDENTITY } from '../testing/identity.ts';
import { startAnswering, type AnsweringServer } from '../testing/answering.ts';
import { itWithTool, readLoad, run } from './testing/foreign-tool.ts';

const CONTENT_BYTES = 1_048_576;
const SECONDS_MAX = '20';

/** What each of these tests ends with: the client left, and nothing went wrong or is left behind. */
async function expectQuiet({ counters, handler }: AnsweringServer, requests: number): Promise<void> {
  await eventually(() => counters.connectionsOpen === 0);
  const nothing = { requestsOpen: 0, requestsBroken: 0, connectionErrors: 0, connectionsRefused: 0, timeOuts: 0 };
  expect(counters).toMatchObject({ requests, ...nothing });
  expect(handler.asked.every((asked) => asked.closedWith === 0)).toBe(true);
}

describe.each([
  ['prior knowledge', undefined, 'http', '--http2-prior-knowledge'],
  ['ALPN', IDENTITY, 'https', '--http2'],
])('a server of ours, found by %s', (_, tls, scheme, version) => {
  const originOf = (server: AnsweringServer): string => `${scheme}://127.0.0.1:${server.port}`;

  function curl(...args: readonly string[]): Promise<string> {
    const options = ['-sS', '-k', version, '--noproxy', '*', '-m', SECONDS_MAX];
    return run('curl', ...options, '-w', ' %{http_version} %{http_code}', ...args);
  }

  itWithTool('curl', 'asks', async () => {
    await using server = await startAnswering({ tls });
    expect(await curl(`${originOf(server)}/hello`)).toBe('porto 2 200');
    await expectQuiet(server, 1);
  });

  itWithTool('curl', 'has 1 MB echoed', async () => {
    await using server = await startAnswering({ tls });
    await using folder = await mkdtempDisposable(join(tmpdir(), 'portolan-curl-'));
    const file = join(folder.path, 'content');
    await writeFile(file, Buffer.alloc(CONTENT_BYTES, 'content'));
    const answer = await curl('--data-binary', `@${file}`, `${originOf(server)}/echo`);
    expect(answer.length).toBe(CONTENT_BYTES + ' 2 200'.length);
    expect(answer.slice(-6)).toBe(' 2 200');
    expect(server.handler.asked[0]?.received).toBe(CONTENT_BYTES);
    await expectQuiet(server, 1);
  });

  itWithTool('nghttp', 'asks three things on one connection, and reads no error in any frame', async () => {
    await using server = await startAnswering({ tls });
    const urls = ['hello', 'bytes/0', 'bytes/300000'].map((path) => `${originOf(server)}/${path}`);
    const output = await run('nghttp', '-nv', '-t', SECONDS_MAX, ...urls);
    expect(output.match(/recv \(stream_id=\d+\) :status: 200/g)).toHaveLength(3);
    // It ends with a GOAWAY of its own, of NO_ERROR.
    const codes = [...output.matchAll(/error_code=(\w+)/g)].map(([, code]) => code);
    expect(codes.filter((code) => code !== 'NO_ERROR')).toEqual([]);
    expect(output).not.toMatch(/\[ERROR\]|recv GOAWAY|recv RST_STREAM|not processed/i);
    expect(server.counters.connections).toBe(1);
    await expectQuiet(server, 3);
  });

  itWithTool('h2load', '5,000 requests on 16 connections, 32 at once on each', async () => {
    await using server = await startAnswering({ tls });
    const output = await run('h2load', '-n', '5000', '-c', '16', '-m', '32', `${originOf(server)}/hello`);
    const all = { total: 5_000, succeeded: 5_000, failed: 0, errored: 0, timedOut: 0 };
    expect(readLoad(output)).toMatchObject(all);
    expect(server.counters.connections).toBe(16);
    await expectQuiet(server, 5_000);
  });
});
