import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { VirtualClock } from '@portolan/virtual-world';
import type { OpsRoute } from './ops-route.ts';
import { startOpsServer } from './ops-server.ts';
import type { Readiness } from './readiness.ts';
import { createTelemetry } from './telemetry.ts';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

interface Ops extends AsyncDisposable {
  readonly port: number;
  readonly lines: readonly string[];
  call(method: string, path: string, body?: string, contentType?: string): Promise<Answer>;
}

async function open({
  readiness = { ready: true, checks: {} },
  routes = [],
}: { readonly readiness?: Readiness; readonly routes?: readonly OpsRoute[] } = {}): Promise<Ops> {
  const lines: string[] = [];
  const telemetry = createTelemetry({
    app: 'test',
    logLevel: 'info',
    logFormat: 'json',
    clock: new VirtualClock(),
    destination: { write: (line) => lines.push(line) },
  });
  telemetry.logger('http');
  const server = await startOpsServer({ bind: '127.0.0.1', port: 0, telemetry, readiness: () => readiness, routes });
  return {
    port: server.port,
    lines,
    call: async (method, path, body, contentType = 'application/json') => {
      const response = await fetch(`${server.url}${path}`, {
        method,
        ...(body !== undefined && { body, headers: { 'content-type': contentType } }),
      });
      return { status: response.status, text: await response.text(), headers: response.headers };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const json = ({ text }: Answer): unknown => JSON.parse(text);

describe('the ops port', () => {
  it('says that the process lives, and lists what it answers', async () => {
    await using ops = await open();
    await expect(ops.call('GET', '/healthz')).resolves.toMatchObject({ status: 200 });
    const list = await ops.call('GET', '/');
    for (const route of ['/healthz', '/readyz', '/metrics', '/log-level']) expect(list.text).toContain(route);
  });

  it.each([
    [{ ready: true, checks: { registry: { ok: false, detail: 'away', ageMs: 1_200 } } }, 200],
    [{ ready: false, checks: { routes: { ok: false } } }, 503],
  ])('says whether it is ready, and why: %j', async (readiness, status) => {
    await using ops = await open({ readiness });
    const answer = await ops.call('GET', '/readyz');
    expect(answer.status).toBe(status);
    expect(json(answer)).toEqual(readiness);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('shows metrics to Prometheus', async () => {
    await using ops = await open();
    const answer = await ops.call('GET', '/metrics');
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(answer.text).toContain('process_start_time_seconds');
  });

  it('shows and changes log levels', async () => {
    await using ops = await open();
    expect(json(await ops.call('PUT', '/log-level', '{"module":"http","level":"debug"}'))).toMatchObject({
      http: 'debug',
    });
    expect(json(await ops.call('PUT', '/log-level', '{"level":"warn"}'))).toMatchObject({ '*': 'warn', http: 'warn' });
    expect(json(await ops.call('GET', '/log-level'))).toMatchObject({ '*': 'warn' });
  });

  it.each([
    ['{"module":"nobody","level":"debug"}', 404, 'TELEMETRY_UNKNOWN_MODULE'],
    ['{"module":"http","level":"loud"}', 400, 'TELEMETRY_MALFORMED_LEVEL'],
    ['{"modul":"http","level":"debug"}', 400, 'TELEMETRY_MALFORMED_LEVEL'],
    ['{"module":', 400, 'OPS_MALFORMED_JSON'],
    [`"${'x'.repeat(70_000)}"`, 413, 'OPS_BODY_TOO_LARGE'],
  ])('refuses %.60s', async (body, status, code) => {
    await using ops = await open();
    const answer = await ops.call('PUT', '/log-level', body);
    expect(answer.status).toBe(status);
    expect(json(answer)).toMatchObject({ code, fix: expect.any(String) as unknown });
    await expect(ops.call('GET', '/healthz')).resolves.toMatchObject({ status: 200 });
  });

  it('takes no body that a web page could send', async () => {
    await using ops = await open();
    await expect(ops.call('PUT', '/log-level', '{"level":"silent"}', 'text/plain')).resolves.toMatchObject({
      status: 415,
    });
  });

  it('says what it does not have', async () => {
    await using ops = await open();
    await expect(ops.call('GET', '/nowhere?x=1')).resolves.toMatchObject({ status: 404 });
    const wrong = await ops.call('DELETE', '/log-level');
    expect(wrong.status).toBe(405);
    expect(json(wrong)).toMatchObject({ fix: 'use GET or PUT' });
  });

  it('serves the app’s own routes; one that fails is logged and does not tell', async () => {
    await using ops = await open({
      routes: [
        { method: 'POST', path: '/echo', handle: async (body) => ({ status: 201, body: { body } }) },
        { method: 'GET', path: '/broken', handle: () => Promise.reject(new TypeError('secret')) },
      ],
    });
    const answer = await ops.call('POST', '/echo', '[1]');
    expect([answer.status, json(answer)]).toEqual([201, { body: [1] }]);
    const broken = await ops.call('GET', '/broken');
    expect(broken.status).toBe(500);
    expect(broken.text).not.toContain('secret');
    expect(ops.lines.join('')).toContain('secret');
  });

  it('survives a client that is cut off, and lets none hold it open', async () => {
    const ops = await open();
    const half = connect(ops.port, '127.0.0.1');
    await once(half, 'connect');
    half.write(
      'PUT /log-level HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"lev',
    );
    const idle = connect(ops.port, '127.0.0.1');
    await once(idle, 'connect');
    half.destroy();
    await expect(ops.call('GET', '/healthz')).resolves.toMatchObject({ status: 200 });
    const closed = once(idle, 'close');
    await ops[Symbol.asyncDispose]();
    await expect(closed).resolves.toBeDefined();
  });

  it('refuses a port that is taken, naming it', async () => {
    await using ops = await open();
    const telemetry = createTelemetry({
      app: 'test',
      logLevel: 'silent',
      logFormat: 'json',
      clock: new VirtualClock(),
    });
    const second = startOpsServer({
      bind: '127.0.0.1',
      port: ops.port,
      telemetry,
      readiness: () => ({ ready: true, checks: {} }),
    });
    await expect(second).rejects.toMatchObject({ code: 'OPS_BIND_FAILED', context: { port: ops.port } });
  });
});

describe('README', () => {
  it('lists every code', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const codes = ['logs', 'ops-server', 'request-body', 'log-level-routes'].flatMap((name) =>
      [...readFileSync(new URL(`${name}.ts`, import.meta.url), 'utf8').matchAll(/'((?:OPS|TELEMETRY)_\w+)'/g)].map(
        ([, code]) => code,
      ),
    );
    expect(codes.length).toBeGreaterThan(8);
    for (const code of codes) expect(readme).toContain(code);
  });
});
