import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { jest } from '@jest/globals';
import { expectEventually } from './eventually.ts';
import { freePorts } from './free-ports.ts';
import { request } from './request.ts';
import { cleanEnvironment, repository } from './running-app.ts';
import { DEMOS } from './running-system.ts';

jest.setTimeout(180_000);

describe('nx run-many -t serve', () => {
  let folder: string;
  let gateway: number;
  let serving: ChildProcess;
  let output = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portolan-e2e-'));
    const [registry = 0, registryOps = 0, bff = 0, bffOps = 0, http = 0, gatewayOps = 0, ...rest] = await freePorts(12);
    const [agent = 0, agentHttp = 0, agentOps = 0, registrarOps = 0, mobile = 0, mobileOps = 0] = rest;
    gateway = http;
    const apps = ['registry', 'agent', 'gateway', 'bff-web', 'bff-mobile', ...DEMOS];
    const dataDirs = apps.map((app): [string, string] => [
      `PORTOLAN_${app.replaceAll('-', '_').toUpperCase()}_DATA_DIR`,
      join(folder, app),
    ]);
    // No flags: only the fixed ports move, so that the test does not meet a system that runs here already.
    const env = cleanEnvironment({
      ...Object.fromEntries(dataDirs),
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      PORTOLAN_REGISTRY: `127.0.0.1:${registry}`,
      PORTOLAN_REGISTRY_PORT: String(registry),
      PORTOLAN_REGISTRY_OPS_PORT: String(registryOps),
      PORTOLAN_AGENT_PORT: String(agent),
      PORTOLAN_AGENT_HTTP_PORT: String(agentHttp),
      PORTOLAN_AGENT_OPS_PORT: String(agentOps),
      PORTOLAN_REGISTRAR_OPS_PORT: String(registrarOps),
      PORTOLAN_BFF_WEB_PORT: String(bff),
      PORTOLAN_BFF_WEB_OPS_PORT: String(bffOps),
      PORTOLAN_BFF_MOBILE_PORT: String(mobile),
      PORTOLAN_BFF_MOBILE_OPS_PORT: String(mobileOps),
      PORTOLAN_GATEWAY_PORT: String(http),
      PORTOLAN_GATEWAY_OPS_PORT: String(gatewayOps),
    });
    serving = spawn('npx', ['nx', 'run-many', '-t', 'serve', '--outputStyle=stream'], {
      cwd: repository,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [serving.stdout, serving.stderr]) {
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
  });
  afterAll(async () => {
    const { pid } = serving;
    if (pid !== undefined && serving.exitCode === null) {
      const closed = once(serving, 'close');
      // As Ctrl-C does. Nx ends at once, and what it served drains behind it.
      process.kill(-pid, 'SIGINT');
      await closed;
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  it('starts one of each app without flags, and they find each other', async () => {
    try {
      await expectEventually('the whole product page', async () => {
        const answer = await request(`http://127.0.0.1:${gateway}/web/products/1`);
        return answer.status === 200 && answer.json().missing === undefined;
      });
    } catch (error) {
      throw new Error(`${String(error)}\n${output}`);
    }
    expect(output).not.toMatch(/stack:serve/);
    // One election each, not one after the other: a registrar without sources stands by what it won.
    const won = output.split('\n').filter((line) => line.includes('the leader from now on'));
    expect(won.filter((line) => line.includes('"app":"registrar"')).length).toBeLessThanOrEqual(1);
  });
});
