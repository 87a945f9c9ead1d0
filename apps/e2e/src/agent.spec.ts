import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { expectEventually } from './eventually.ts';
import { freePorts } from './free-ports.ts';
import { haproxyStates } from './haproxy-states.ts';
import { itWithPeer } from './peers.ts';
import { request } from './request.ts';
import { hostPort, startApp, type RunningApp } from './running-app.ts';

jest.setTimeout(120_000);

const LOGS = ['--ops-port', '0', '--log-format', 'json'];

describe('an agent', () => {
  let folder: string;
  let registry: RunningApp;
  let gateway: RunningApp;
  let agent: RunningApp;
  let agentCheckPort: number;
  /** A service that cannot register itself; how it answers is for the tests to say. */
  let web: Server;
  let webPort: number;
  let webStatus = 200;

  const startAgent = (): Promise<RunningApp> =>
    startApp('agent', [
      ...['--port', '0', '--http-port', '0', '--agent-check-port', String(agentCheckPort), '--node', 'host-1', ...LOGS],
      ...[
        '--registry',
        hostPort(registry, 'grpc'),
        '--data-dir',
        join(folder, 'agent'),
        '--deregister-after-seconds',
        '2',
      ],
    ]);
  const put = async (path: string, body?: object): Promise<number> =>
    (
      await request(`${agent.urls.http ?? ''}/v1/agent/${path}`, {
        method: 'PUT',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    ).status;
  /** What a client sees of the service through the gateway. */
  const throughGateway = async (): Promise<number> =>
    (await request(`${gateway.urls.http ?? ''}/`, { headers: { host: 'legacy.localhost' } })).status;
  const WEB = () => ({
    Name: 'legacy',
    Port: webPort,
    Meta: { gateway: 'expose' },
    Check: { HTTP: `http://127.0.0.1:${webPort}/`, Interval: '100ms', Timeout: '500ms' },
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portolan-agent-'));
    [agentCheckPort = 0] = await freePorts(1);
    web = createServer((_request, response) => response.writeHead(webStatus).end('web'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const address = web.address();
    webPort = typeof address === 'object' && address !== null ? address.port : 0;
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
    agent = await startAgent();
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
    web.closeAllConnections();
    await new Promise((resolve) => web.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  it('makes a service found that cannot register itself, for as long as it is healthy', async () => {
    expect(await put('service/register', WEB())).toBe(200);
    await expectEventually('the service through the gateway', async () => (await throughGateway()) === 200);
    webStatus = 500;
    await expectEventually('its absence', async () => (await throughGateway()) === 503);
    webStatus = 200;
    await expectEventually('its return', async () => (await throughGateway()) === 200);
  });

  it('loses and flaps nothing when it is killed and starts again, under load', async () => {
    let calls = 0;
    const failures: number[] = [];
    const over = new AbortController();
    const load = (async () => {
      while (!over.signal.aborted) {
        const status = await throughGateway();
        calls += 1;
        if (status !== 200) failures.push(status);
      }
    })();
    agent.kill('SIGKILL');
    await agent.exited;
    agent = await startAgent();
    await expectEventually('agreement with the registry', async () =>
      (await request(`${agent.urls.ops ?? ''}/readyz`)).body.includes('the registry has what this host has'),
    );
    over.abort();
    await load;
    expect(calls).toBeGreaterThan(10);
    expect(failures).toEqual([]);
  });

  itWithPeer('haproxy', 'tells HAProxy what it may send', async () => {
    const [port = 0] = await freePorts(1);
    const socket = join(folder, 'haproxy.sock');
    const config = join(folder, 'haproxy.cfg');
    const server = (name: string, send: string): string =>
      `  server ${name} 127.0.0.1:${webPort} weight 100 check agent-check agent-port ${agentCheckPort} agent-inter 200 agent-send "${send}\\n"`;
    const lines = [
      'global',
      `  stats socket ${socket} level admin`,
      'defaults',
      '  mode http',
      '  timeout connect 1s',
      '  timeout client 5s',
      '  timeout server 5s',
      'listen web',
      `  bind 127.0.0.1:${port}`,
      server('known', 'legacy'),
      server('unknown', 'nobody'),
      '',
    ];
    await writeFile(config, lines.join('\n'));
    const haproxy = spawn('haproxy', ['-db', '-f', config], { stdio: 'ignore' });
    try {
      await expectEventually('the states that the agent says', async () => {
        const states = await haproxyStates(socket);
        return states.get('web/known') === 'UP' && (states.get('web/unknown') ?? '').startsWith('DOWN');
      });
      expect((await request(`http://127.0.0.1:${port}/`)).status).toBe(200);
      await put('service/maintenance/legacy?enable=true');
      await expectEventually('maintenance', async () => (await haproxyStates(socket)).get('web/known') === 'MAINT');
      await put('service/maintenance/legacy?enable=false');
      await expectEventually('the end of it', async () => (await haproxyStates(socket)).get('web/known') === 'UP');
    } finally {
      haproxy.kill('SIGKILL');
    }
  });

  it('serves the services of its host as a registry does', async () => {
    const flags = [
      '--port',
      '0',
      '--registry',
      hostPort(agent, 'grpc'),
      '--data-dir',
      join(folder, 'reviews'),
      ...LOGS,
    ];
    await using reviews = await startApp('demo-reviews', [...flags, '--instance', 'reviews-1']);
    const services = async (): Promise<string> => (await request(`${agent.urls.http ?? ''}/v1/agent/services`)).body;
    await expectEventually('the service', async () => (await services()).includes('reviews-1'));
    // The key-value store goes through, and so do calls between services.
    await using inventory = await startApp('demo-inventory', [...flags, '--data-dir', join(folder, 'inventory')]);
    await expectEventually('both', async () =>
      /demo-inventory.*reviews-1|reviews-1.*demo-inventory/s.test(await services()),
    );
    reviews.kill('SIGTERM');
    await reviews.exited;
    await expectEventually('its end', async () => !(await services()).includes('reviews-1'));
    inventory.kill('SIGKILL');
    await inventory.exited;
    await expectEventually('that it is missed', async () => {
      const { body } = await request(`${agent.urls.http ?? ''}/v1/agent/checks`);
      return body.includes('stream broken');
    });
  });

  it('writes down what it has, and its death takes it from the catalog', async () => {
    const kept = await readFile(join(folder, 'agent', 'host.json'), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({ formatVersion: 1 });
    agent.kill('SIGKILL');
    await agent.exited;
    expect(await throughGateway()).toBe(200);
    await expectEventually('that its host is away', async () => (await throughGateway()) === 503);
    await expectEventually('that it is removed', () => registry.output().includes('its instance is removed'));
  });
});
