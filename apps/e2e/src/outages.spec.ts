import { createServer } from 'node:http';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { RedisServer } from '@portolan/cache/testing';
import { RabbitMqServer } from '@portolan/messaging/testing';
import { ClientLoad, ERRANDS, experienceOf, type Errand, type Experience, type Seen } from './client-load.ts';
import { expectEventually } from './eventually.ts';
import { freePorts } from './free-ports.ts';
import { cellsOf, splitAt } from './generated-part.ts';
import { itWithPeers } from './peers.ts';
import { request } from './request.ts';
import { hostPort, repository, startApp, type RunningApp } from './running-app.ts';
import { startSystem, type RunningSystem } from './running-system.ts';

jest.setTimeout(300_000);

const SIGNALS = ['SIGKILL', 'SIGSTOP'] as const;
type Signal = (typeof SIGNALS)[number];

/** How long something stays away: longer than the grace of a session, so that everybody has noticed. */
const AWAY_MS = 2_000;

/** Something that can be ended, and comes back. */
interface Outage {
  readonly what: string;
  begin(signal: Signal): Promise<void> | void;
  /** Resolves when it is there again. */
  end(signal: Signal): Promise<void>;
}

const NAMES: Readonly<Record<string, string>> = {
  agent: 'the agent of a host',
  'bff-web': 'one bff-web of two',
  'bff-mobile': 'one bff-mobile of two',
};

/** What a user of two registrars, two of each BFF and a Redis and a RabbitMQ of their own has. */
class House implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly system: RunningSystem;
  readonly outages: readonly Outage[];

  private constructor(system: RunningSystem, outages: readonly Outage[], stack: AsyncDisposableStack) {
    this.system = system;
    this.outages = outages;
    this.#stack = stack;
  }

  static async open(): Promise<House> {
    const stack = new AsyncDisposableStack();
    const [redis, rabbit] = await Promise.all([RedisServer.start(), RabbitMqServer.start()]);
    stack.use(redis);
    stack.use(rabbit);
    const env = {
      REDIS_URL: redis.url,
      AMQP_URL: rabbit.url,
      PORTOLAN_CACHE_TTL_MS: '200',
      // A hanging instance is told late, not after a quarter of a minute.
      PORTOLAN_GATEWAY_RESPONSE_TIMEOUT_MS: '1500',
    };
    const system = stack.use(await startSystem({ env }));
    const legacy = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
    await once(legacy, 'listening');
    stack.defer(() => {
      legacy.close();
      legacy.closeAllConnections();
    });
    const address = legacy.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const file = join(system.folder, 'services.yaml');
    await writeFile(
      file,
      `services:\n  - { service: legacy, id: legacy-1, address: 127.0.0.1, ports: { http: ${port} }, metadata: { gateway: expose } }\n`,
    );

    // One of each pair is ended; `again` starts it with what it had.
    const pairOf = async (app: string, flags: readonly string[]): Promise<Outage> => {
      const start = (): Promise<RunningApp> => system.start(app, flags);
      let running = await start();
      return {
        what: NAMES[app] ?? app,
        begin: (signal) => {
          running.kill(signal);
        },
        end: async (signal) => {
          if (signal === 'SIGSTOP') running.kill('SIGCONT');
          else running = await start();
        },
      };
    };
    const registrarFlags = [
      '--registry',
      hostPort(system.registry, 'grpc'),
      '--file',
      file,
      '--ops-port',
      '0',
      '--log-format',
      'json',
    ];
    const registrar = async (instance: string): Promise<RunningApp> =>
      stack.use(await startApp('registrar', [...registrarFlags, '--instance', instance]));
    let leader = await registrar('registrar-a');
    await expectEventually('a leading registrar', async () =>
      /^registrar_leads\{.*\} 1$/m.test((await request(`${leader.urls.ops ?? ''}/metrics`)).body),
    );
    let standIn = await registrar('registrar-b');
    const registrars: Outage = {
      what: 'the leading registrar of two',
      begin: (signal) => {
        leader.kill(signal);
      },
      end: async (signal) => {
        if (signal === 'SIGSTOP') leader.kill('SIGCONT');
        else [leader, standIn] = [standIn, await registrar('registrar-c')];
      },
    };
    // At a fixed port, where its service finds it again.
    const [agentPort = 0] = await freePorts(1);
    const agent = await pairOf('agent', ['--port', String(agentPort), '--http-port', '0', '--node', 'host-1']);
    await system.start('demo-reviews', ['--registry', `127.0.0.1:${agentPort}`, '--instance', 'demo-reviews-of-agent']);
    const outages = [
      agent,
      registrars,
      serverOutage('Redis', redis),
      serverOutage('RabbitMQ', rabbit),
      await pairOf('bff-web', ['--instance', 'bff-web-b']),
      await pairOf('bff-mobile', ['--instance', 'bff-mobile-b']),
    ];
    return new House(system, outages, stack);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

const serverOutage = (what: string, server: RedisServer | RabbitMqServer): Outage => ({
  what,
  begin: async (signal) => {
    if (signal === 'SIGSTOP') server.signal(signal);
    else await server.kill();
  },
  end: async (signal) => {
    if (signal === 'SIGSTOP') server.signal('SIGCONT');
    else await server.restart();
  },
});

const WORSE: readonly string[] = ['answered', 'partial', 'late', 'lost'] satisfies readonly Experience[];

/** Cells that are worse than the README says, or that it does not have: whether a call was just under way is chance. */
function worseThan(said: readonly (readonly string[])[], seen: readonly (readonly string[])[]): readonly string[] {
  return seen.flatMap((row, at) =>
    row.flatMap((cell, column) => {
      const promised = said[at]?.[column];
      const [worst, found] = [WORSE.indexOf(promised ?? ''), WORSE.indexOf(cell)];
      const holds = found === -1 || worst === -1 ? promised === cell : found <= worst;
      return holds ? [] : [`${row[1] ?? ''}: ${cell}, where the README says ${promised ?? 'nothing'}`];
    }),
  );
}

/** What clients see of each outage, as the README has it. */
const tableOf = (rows: readonly (readonly string[])[]): string =>
  [['ended', ...ERRANDS], Array.from({ length: ERRANDS.length + 1 }, () => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

itWithPeers(
  ['redis-server', 'rabbitmq-server'],
  'what clients see when each part is killed or stopped under load is what the README says; no order is lost',
  async () => {
    await using house = await House.open();
    const { system } = house;
    const login = await request(`${system.url}/web/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-portolan-csrf': '1' },
      body: JSON.stringify({ user: 'ada' }),
    });
    const token = String(login.json().token);
    await expectEventually(
      'the service of the registrar',
      async () => (await request(`${system.url}/`, { headers: { host: 'legacy.localhost' } })).status === 200,
    );
    const rows: string[][] = [];
    const orders: string[] = [];
    {
      await using load = new ClientLoad(system.url, token);
      for (const outage of house.outages) {
        for (const signal of SIGNALS) {
          await moments(500);
          load.take();
          await outage.begin(signal);
          await moments(AWAY_MS);
          await outage.end(signal);
          await moments(500);
          const seen = load.take();
          rows.push([`${outage.what}, ${signal}`, ...ERRANDS.map((errand) => experienceOf(of(seen, errand)))]);
          process.stdout.write(`${outage.what} ${signal}: ${JSON.stringify(Object.fromEntries(seen))}\n`);
        }
      }
      orders.push(...load.orders);
    }
    process.stdout.write(`\n${tableOf(rows)}\n`);
    const readme = await readFile(join(repository, 'README.md'), 'utf8');
    expect(worseThan(cellsOf(splitAt(readme, 'outages').generated), cellsOf(tableOf(rows)))).toEqual([]);

    // Every order goes its way to the end, whatever happened to the broker.
    expect(new Set(orders).size).toBe(orders.length);
    expect(orders.length).toBeGreaterThan(50);
    const headers = { authorization: `Bearer ${token}` };
    for (const id of orders) {
      await expectEventually(
        `order ${id} is shipped`,
        async () => (await request(`${system.url}/web/orders/${id}`, { headers })).json().status === 'shipped',
      );
    }
  },
);

const of = (seen: ReadonlyMap<Errand, Seen>, errand: Errand): Seen => {
  const found = seen.get(errand);
  if (found === undefined) throw new Error(`nobody did ${errand}`);
  return found;
};

const moments = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
