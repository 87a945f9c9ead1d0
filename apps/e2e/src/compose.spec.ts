import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { startDockerEngine, type DockerEngine } from './docker-engine.ts';
import { expectEventually } from './eventually.ts';
import { freePorts } from './free-ports.ts';
import { itWithPeers } from './peers.ts';
import { request, type Answer } from './request.ts';
import { cleanEnvironment, repository } from './running-app.ts';

jest.setTimeout(600_000);
const run = promisify(execFile);

/** What clients see while all containers of a service are dead, for longer than the grace of a host. */
const KILLED: readonly { readonly service: string; readonly web: Seen; readonly mobile: Seen }[] = [
  { service: 'agent-a', web: 'whole', mobile: 'whole' },
  { service: 'demo-products-a', web: 'whole', mobile: 'whole' },
  { service: 'demo-inventory', web: 'without inventory', mobile: 'without inventory' },
  { service: 'registrar', web: 'whole', mobile: 'whole' },
  { service: 'redis', web: 'whole', mobile: 'whole' },
  { service: 'rabbitmq', web: 'whole', mobile: 'whole' },
  { service: 'registry-2', web: 'whole', mobile: 'whole' },
  { service: 'bff-web', web: 'unavailable', mobile: 'whole' },
];
type Seen = 'whole' | 'without inventory' | 'unavailable';

/** Answers of one kind, one after the other, that are no chance. */
const STEADY = 5;

/** Longer than a dead agent is waited for. */
const GRACE_MS = 6_500;

/** `docker compose up` in the root of the repository, with images made of what this machine has. */
class ComposedHouse implements AsyncDisposable {
  readonly url: string;
  readonly #engine: DockerEngine;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(engine: DockerEngine, port: number, env: NodeJS.ProcessEnv) {
    this.#engine = engine;
    this.url = `http://127.0.0.1:${port}`;
    this.#env = env;
  }

  static async up(engine: DockerEngine): Promise<ComposedHouse> {
    const [port = 0] = await freePorts(1);
    const images = {
      PORTOLAN_IMAGE: 'portolan/portolan:test',
      REDIS_IMAGE: 'redis:test',
      RABBITMQ_IMAGE: 'rabbitmq:test',
    };
    const env = cleanEnvironment({ ...images, DOCKER_HOST: engine.address, GATEWAY_ADDRESS: `127.0.0.1:${port}` });
    const house = new ComposedHouse(engine, port, env);
    await house.compose('up', '-d', '--no-build');
    return house;
  }

  async compose(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('docker-compose', [...args], {
      cwd: repository,
      env: this.#env,
      maxBuffer: 64 * 1_024 ** 2,
    });
    return stdout;
  }

  page(): Promise<Answer> {
    return request(`${this.url}/web/products/1`, { headers: { 'cache-control': 'no-cache' } });
  }

  mobile(): Promise<Answer> {
    return request(`${this.url}/mobile/v1/products/1`, { headers: { 'cache-control': 'no-cache' } });
  }

  /** Starts the containers of a service that were killed. */
  async startAgain(service: string): Promise<void> {
    const label = `label=com.docker.compose.service=${service}`;
    const ids = (await this.#engine.docker('ps', '-aq', '--filter', label)).split('\n');
    await this.#engine.docker('start', ...ids);
  }

  /** Places an order. @returns what becomes of it in the end */
  async order(): Promise<string> {
    const post = async (path: string, body: object, headers: Readonly<Record<string, string>>): Promise<Answer> =>
      request(`${this.url}/mobile/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    const { token } = (await post('login', { user: 'ada' }, {})).json();
    const headers = { authorization: `Bearer ${String(token)}` };
    const lines = [{ productId: '10', quantity: 1 }];
    const placed = await post('orders', { lines }, { ...headers, 'idempotency-key': 'compose-1' });
    const path = `${this.url}/mobile/v1/orders/${String(placed.json().id)}`;
    await expectEventually(
      'the order shipped',
      async () => (await request(path, { headers })).json().status === 'shipped',
    );
    return String((await request(path, { headers })).json().status);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose('down', '--volumes', '--timeout', '5');
  }
}

async function makeImages(engine: DockerEngine): Promise<void> {
  await engine.importImage('node:local', {
    files: [[process.execPath, '/usr/local/bin/node']],
    changes: ['ENV PATH=/usr/local/bin:/bin'],
  });
  await engine.importImage('redis:test', {
    files: ['/usr/bin/redis-server', '/usr/bin/redis-cli'],
    changes: ['ENV PATH=/usr/bin:/bin', 'VOLUME /data', 'WORKDIR /data'],
  });
  const rabbit = '/usr/lib/rabbitmq/bin';
  await engine.importImage('rabbitmq:test', {
    files: ['/usr/lib/erlang', '/usr/lib/rabbitmq', ['/usr/lib/erlang/bin/erl', '/usr/bin/erl']],
    changes: [
      `ENV PATH=${rabbit}:/usr/lib/erlang/bin:/usr/bin:/bin HOME=/var/lib/rabbitmq LANG=C.UTF-8`,
      'ENV RABBITMQ_LOGS=- RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 1:1 +sbwt none"',
      `CMD ["${rabbit}/rabbitmq-server"]`,
    ],
  });
  await run('node', ['docker/bundle.mjs'], { cwd: repository });
  await engine.docker(
    'build',
    '-q',
    '-f',
    'docker/Dockerfile',
    '--target',
    'bundled',
    '--build-arg',
    'BASE_IMAGE=node:local',
    '-t',
    'portolan/portolan:test',
    repository,
  );
}

function seenIn({ status, body }: Answer): string {
  if (status === 503) return 'unavailable';
  if (body.includes('"missing":["inventory"]')) return 'without inventory';
  return isWhole({ status, body }) ? 'whole' : `${status} ${body.slice(0, 200)}`;
}

const isWhole = ({ status, body }: Pick<Answer, 'status' | 'body'>): boolean =>
  status === 200 && !body.includes('"missing"');

itWithPeers(
  ['dockerd', 'docker-compose', 'redis-server', 'rabbitmq-server'],
  'docker compose up: web and mobile answer, and go on when one container after another is killed',
  async () => {
    await using engine = await startDockerEngine();
    await makeImages(engine);
    await using house = await ComposedHouse.up(engine);
    try {
      await expectEventually('the web page', async () => isWhole(await house.page()));
      await expectEventually('the mobile page', async () => isWhole(await house.mobile()));
    } catch (error) {
      throw new Error(
        `${String(error)}\n${await house.compose('ps')}\n${(await house.compose('logs', '--tail', '20')).slice(-20_000)}`,
      );
    }
    await expectEventually('health of every container', async () => {
      const states = (await engine.docker('ps', '--format', '{{.Names}} {{.Status}}')).split('\n');
      const sick = states.filter((state) => !state.includes('(healthy)'));
      if (sick.length > 0) throw new Error(sick.join('; '));
      return true;
    });
    expect(await engine.docker('run', '--rm', '--entrypoint', 'id', 'portolan/portolan:test', '-u')).toBe('10001');
    expect(await house.order()).toBe('shipped');
    const rows: string[] = [];
    for (const { service, web, mobile } of KILLED) {
      await house.compose('kill', service);
      if (service.startsWith('agent')) await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
      const killedAt = performance.now();
      const wanted = `web ${web}, mobile ${mobile}`;
      // In a row: before everybody has noticed, calls still meet addresses at which nobody answers.
      let inARow = 0;
      await expectEventually(`${wanted} while ${service} is dead`, async () => {
        const [page, screen] = await Promise.all([house.page(), house.mobile()]);
        const seen = `web ${seenIn(page)}, mobile ${seenIn(screen)}`;
        inARow = seen === wanted ? inARow + 1 : 0;
        if (inARow === 0) throw new Error(seen);
        return inARow === STEADY;
      });
      rows.push(`${service} killed: ${wanted}, steady after ${Math.round(performance.now() - killedAt)} ms`);
      await house.startAgain(service);
      await expectEventually(
        `everything again after ${service}`,
        async () => isWhole(await house.page()) && isWhole(await house.mobile()),
      );
    }
    process.stdout.write(`${rows.join('\n')}\n`);
  },
);
