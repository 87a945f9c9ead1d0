import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { createTelemetry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import { startRpcServer } from '@portolan/rpc';
import { checkDefinition, type RawCheckDefinition } from '../input/check-definition.ts';
import { probeOf } from './probe-of.ts';
import type { ProbeResult } from './probe.ts';

async function look(raw: RawCheckDefinition, signal = new AbortController().signal): Promise<ProbeResult> {
  const check = checkDefinition(raw);
  if (check.kind === 'ttl' || check.kind === 'alias') throw new Error('nothing to probe');
  return probeOf(check)(signal);
}

async function listening(server: Server): Promise<{ readonly port: number } & AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}

describe('a probe by HTTP', () => {
  it.each([
    [200, 'passing'],
    [204, 'passing'],
    [429, 'warning'],
    [302, 'critical'],
    [503, 'critical'],
  ])('of a server that answers %d is %s', async (code, status) => {
    const server = createHttpServer((request, response) => {
      response
        .writeHead(code, { connection: 'close' })
        .end(code === 204 ? undefined : `${request.method ?? ''} ${request.headers['x-probe']?.toString() ?? ''}`);
    });
    await using at = await listening(server);
    const url = `http://127.0.0.1:${at.port}/health`;
    const result = await look({
      kind: 'http',
      id: 'up',
      url,
      method: 'POST',
      headers: { 'x-probe': ['yes'] },
      body: 'x',
    });
    expect(result.status).toBe(status);
    expect(result.output).toContain(`HTTP POST ${url}: ${code}`);
    if (code !== 204) expect(result.output).toContain('POST yes');
  });

  it('reads no more of an endless answer than can be shown', async () => {
    const server = createHttpServer((_request, response) => {
      const more = (): void => {
        while (response.write('x'.repeat(1_000)));
        response.once('drain', more);
      };
      response.on('error', () => undefined);
      more();
    });
    await using at = await listening(server);
    const result = await look({ kind: 'http', id: 'up', url: `http://127.0.0.1:${at.port}/` });
    expect(result.status).toBe('passing');
    server.closeAllConnections();
  });
});

it('a probe by TCP passes when a connection is accepted', async () => {
  const server = createTcpServer((socket) => socket.on('error', () => undefined).resume());
  const at = await listening(server);
  expect(await look({ kind: 'tcp', id: 'up', host: '127.0.0.1', port: at.port })).toMatchObject({ status: 'passing' });
  await at[Symbol.asyncDispose]();
  await expect(look({ kind: 'tcp', id: 'up', host: '127.0.0.1', port: at.port })).rejects.toThrow(/ECONNREFUSED/);
});

it('a probe by gRPC asks the health service', async () => {
  await using telemetry = createTelemetry({
    app: 'test',
    logLevel: 'fatal',
    logFormat: 'json',
    clock: new VirtualClock(),
  });
  const logger = telemetry.logger('rpc');
  const server = await startRpcServer({
    bind: { host: '127.0.0.1', port: 0 },
    services: [],
    logger,
    drainMs: 100,
  });
  const address = `127.0.0.1:${server.port}`;
  expect(await look({ kind: 'grpc', id: 'up', address })).toMatchObject({ status: 'passing' });
  await expect(look({ kind: 'grpc', id: 'up', address, service: 'no.such.Service' })).rejects.toThrow();
  await server[Symbol.asyncDispose]();
  await expect(look({ kind: 'grpc', id: 'up', address })).rejects.toThrow();
});

describe('a probe by a program', () => {
  it.each([
    ['exit 0', 'passing'],
    ['echo low on disk; exit 1', 'warning'],
    ['echo gone >&2; exit 2', 'critical'],
    ['kill -9 $$', 'critical'],
  ])('sh -c "%s" is %s', async (script, status) => {
    const result = await look({ kind: 'script', id: 'up', args: ['sh', '-c', script] });
    expect(result.status).toBe(status);
    if (script.includes('gone')) expect(result.output).toContain('gone');
  });

  it('ends with all it has started when it is given up', async () => {
    const late = new AbortController();
    const looking = look({ kind: 'script', id: 'up', args: ['sh', '-c', 'sleep 60 & wait'] }, late.signal);
    setTimeout(() => {
      late.abort(new Error('too late'));
    }, 50);
    await expect(looking).rejects.toThrow('too late');
  });

  it('that is not there says so', async () => {
    await expect(look({ kind: 'script', id: 'up', args: ['/no/such/program'] })).rejects.toThrow(/ENOENT/);
  });
});
