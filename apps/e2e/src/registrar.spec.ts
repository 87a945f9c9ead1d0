import { createServer, type Server } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { startDockerEngine } from './docker-engine.ts';
import { expectEventually } from './eventually.ts';
import { itWithPeer } from './peers.ts';
import { request } from './request.ts';
import { hostPort, startApp, type RunningApp } from './running-app.ts';

jest.setTimeout(120_000);

const LOGS = ['--ops-port', '0', '--log-format', 'json'];

describe('a registrar', () => {
  let folder: string;
  let file: string;
  let registry: RunningApp;
  let gateway: RunningApp;
  /** What cannot register itself. */
  let erp: Server;
  let erpPort: number;

  const startRegistrar = (...flags: readonly string[]): Promise<RunningApp> =>
    startApp('registrar', ['--registry', hostPort(registry, 'grpc'), ...flags, ...LOGS]);
  const through = async (service: string): Promise<number> =>
    (await request(`${gateway.urls.http ?? ''}/`, { headers: { host: `${service}.localhost` } })).status;
  const entry = (id: string): string =>
    `  - { service: erp, id: ${id}, address: 127.0.0.1, ports: { http: ${erpPort} }, metadata: { gateway: expose },
      checks: [{ kind: http, id: up, url: "http://127.0.0.1:${erpPort}/", interval: 100ms }] }\n`;
  /** Calls the service again and again until `until` is done. @returns the answers that were not 200 */
  const underLoad = async (until: () => Promise<unknown>): Promise<readonly number[]> => {
    const over = new AbortController();
    const failures: number[] = [];
    const load = (async () => {
      while (!over.signal.aborted) {
        const status = await through('erp');
        if (status !== 200) failures.push(status);
      }
    })();
    await until();
    over.abort();
    await load;
    return failures;
  };
  const leads = async (registrar: RunningApp): Promise<boolean> =>
    /^registrar_leads\{.*\} 1$/m.test((await request(`${registrar.urls.ops ?? ''}/metrics`)).body);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portolan-registrar-'));
    file = join(folder, 'services.yaml');
    erp = createServer((_request, response) => response.end('erp'));
    await new Promise<void>((resolve) => erp.listen(0, '127.0.0.1', resolve));
    const address = erp.address();
    erpPort = typeof address === 'object' && address !== null ? address.port : 0;
    registry = await startApp('registry', ['--port', '0', '--data-dir', join(folder, 'registry'), ...LOGS]);
    const flags = [
      '--port',
      '0',
      '--registry',
      hostPort(registry, 'grpc'),
      '--data-dir',
      join(folder, 'gateway'),
      ...LOGS,
    ];
    gateway = await startApp('gateway', flags);
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
    erp.closeAllConnections();
    await new Promise((resolve) => erp.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  it('registers what a file lists, follows its changes, and keeps what was when it is broken', async () => {
    await writeFile(file, `services:\n${entry('erp-1')}`);
    await using registrar = await startRegistrar('--file', file);
    await expectEventually('the service', async () => (await through('erp')) === 200);
    await writeFile(file, 'services:\n  - { service: erp, id: erp-1 }\n');
    await expectEventually('the error, with its line', () => registrar.output().includes('line 2: services.0.address'));
    expect(await through('erp')).toBe(200);
    await writeFile(file, 'services: []\n');
    await expectEventually('its absence', async () => (await through('erp')) !== 200);
    await writeFile(file, `services:\n${entry('erp-2')}`);
    await expectEventually('its successor', async () => (await through('erp')) === 200);
    registrar.kill('SIGTERM');
    expect(await registrar.exited).toEqual({ code: 0, signal: null });
  });

  it.each(['SIGKILL', 'SIGSTOP', 'SIGTERM'] as const)(
    'is stood in for by another one after %s, unnoticed',
    async (signal) => {
      await writeFile(file, `services:\n${entry('erp-2')}`);
      await using first = await startRegistrar('--file', file, '--instance', 'first');
      await expectEventually('a leader', () => leads(first));
      await expectEventually('the service', async () => (await through('erp')) === 200);
      await using second = await startRegistrar('--file', file, '--instance', 'second');
      expect(await leads(second)).toBe(false);
      const failures = await underLoad(async () => {
        first.kill(signal);
        await expectEventually('another leader', () => leads(second));
        // Longer than the grace of a host whose agent is away.
        await new Promise((resolve) => {
          setTimeout(resolve, 6_000);
        });
      });
      expect(failures).toEqual([]);
      if (signal !== 'SIGSTOP') return;
      // It wakes up believing that it leads; its writes are refused, and it stands by.
      const after = await underLoad(async () => {
        first.kill('SIGCONT');
        await expectEventually('that it knows', async () => !(await leads(first)));
      });
      expect(after).toEqual([]);
      expect(await leads(second)).toBe(true);
    },
  );

  itWithPeer('dockerd', 'registers containers when they run, and no longer', async () => {
    await using engine = await startDockerEngine();
    await using registrar = await startRegistrar('--docker', engine.address, '--node', 'dockers');
    const httpd = ['box:1', '/bin/busybox', 'httpd', '-f', '-p', '8000', '-h', '/bin'];
    const labels = ['service=boxed', 'port=8000', 'meta.gateway=expose'].flatMap((label) => [
      '--label',
      `portolan.${label}`,
    ]);
    const container = await engine.docker('run', '-d', '--rm', ...labels, '-p', '127.0.0.1::8000', ...httpd);
    const started = performance.now();
    // A folder without an index: httpd answers 404, the gateway has passed it on.
    await expectEventually('the container', async () => (await through('boxed')) === 404);
    const found = performance.now() - started;
    const other = await engine.docker('run', '-d', '--rm', ...labels, ...httpd);
    await expectEventually('both', async () => {
      const { body } = await request(`${registrar.urls.ops ?? ''}/metrics`);
      return /^registrar_services\{.*source="docker".*\} 2$/m.test(body);
    });
    await engine.docker('kill', other);
    await engine.docker('kill', container);
    const killed = performance.now();
    await expectEventually('its absence', async () => (await through('boxed')) === 503);
    process.stdout.write(
      `a container was found after ${found.toFixed(0)} ms, and gone ${(performance.now() - killed).toFixed(0)} ms after docker kill\n`,
    );
  });
});
