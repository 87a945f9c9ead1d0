import type { Endpoint, StrategyName } from '@portolan/balancing';
import { createSeededRng, type Principal, type Rng } from '@portolan/kernel';
import { createRetryBudget, type RetryBudgetOptions } from '@portolan/resilience';
import {
  createClient,
  implement,
  startRpcServer,
  type CallContext,
  type Client,
  type RpcChannel,
  type RpcServer,
} from '@portolan/rpc';
import type { Registry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import type { EndpointSet } from '../../discovery.ts';
import { KnownEndpoints } from '../../known/known-endpoints.ts';
import { KnownItems } from '../../known/known-items.ts';
import { whichEndpoints } from '../../known/questions.ts';
import { recordedLog } from '../../testing/recorded-log.ts';
import { createBalancedChannel } from '../balanced-channel.ts';
import { createConnectionPool, type ConnectionPool } from '../connection-pool.ts';
import { createEndpointSet } from '../endpoint-set.ts';
import { EchoService } from './echo-service.ts';
import { openGate, type Gate } from './gate.ts';

export const SERVICE = 'echo';

export const endpointAt = (id: string, address: string): Endpoint => ({
  id,
  service: SERVICE,
  address,
  weight: 100,
  metadata: {},
});

/** One real server of the echo service; it answers with its id unless the test says otherwise. */
export interface Member extends AsyncDisposable {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly gate: Gate;
  /** Calls whose handler began. */
  readonly calls: readonly string[];
  readonly principals: readonly Principal[];
  ask: (request: string, call: CallContext) => Promise<string>;
  talk: (requests: AsyncIterable<string>, call: CallContext) => AsyncIterable<string>;
  readonly server: RpcServer;
}

export async function startMember(id: string): Promise<Member> {
  const calls: string[] = [];
  const principals: Principal[] = [];
  const began = (method: string, call: CallContext): void => {
    calls.push(method);
    principals.push(call.principal);
  };
  const service = implement(EchoService, {
    ask: (request, call) => {
      began('ask', call);
      return member.ask(request, call);
    },
    async *list(request, call) {
      began('list', call);
      for (const word of request.split(' ')) yield `${id} ${word}`;
    },
    talk: (requests, call) => {
      began('talk', call);
      return member.talk(requests, call);
    },
  });
  const server = await startRpcServer({
    bind: { host: '127.0.0.1', port: 0 },
    services: [service],
    logger: recordedLog().logger,
    drainMs: 0,
  });
  const gate = await openGate(server.port);
  const member: Member = {
    id,
    endpoint: endpointAt(id, gate.address),
    gate,
    calls,
    principals,
    ask: async () => id,
    async *talk(requests) {
      for await (const request of requests) yield `${id} ${request}`;
    },
    server,
    [Symbol.asyncDispose]: async () => {
      await gate[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
  return member;
}

export interface FleetOptions {
  readonly strategy?: StrategyName;
  readonly budget?: Partial<RetryBudgetOptions>;
  readonly metrics?: Registry;
  readonly rng?: Rng;
}

/** Real servers, what is known of them, and a channel that balances over them; time stands still until the test moves it. */
export class Fleet implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly items = new KnownItems<Endpoint>(whichEndpoints({ service: SERVICE }).kind, this.clock);
  readonly endpoints: EndpointSet & Disposable;
  readonly pool: ConnectionPool;
  readonly channel: RpcChannel;
  readonly client: Client<typeof EchoService>;
  readonly #members: Member[] = [];
  #revision = 0;

  constructor({ strategy = 'round-robin', budget, metrics, rng = createSeededRng(1) }: FleetOptions = {}) {
    this.endpoints = createEndpointSet(new KnownEndpoints(this.items), { strategy, rng, clock: this.clock });
    this.pool = createConnectionPool({ clock: this.clock, principal: { kind: 'service', name: 'test' }, metrics });
    this.channel = createBalancedChannel({
      service: SERVICE,
      endpoints: this.endpoints,
      pool: this.pool,
      clock: this.clock,
      budget: createRetryBudget(budget),
      metrics,
    });
    this.client = createClient(EchoService, this.channel);
  }

  /** Starts servers, and lists them all. */
  async start<const Ids extends readonly string[]>(...ids: Ids): Promise<{ readonly [Index in keyof Ids]: Member }>;
  async start(...ids: readonly string[]): Promise<readonly Member[]> {
    const started = await Promise.all(ids.map(startMember));
    this.#members.push(...started);
    this.list(...this.#members.map(({ endpoint }) => endpoint));
    return started;
  }

  /** What the registry answers from now on. */
  list(...endpoints: readonly Endpoint[]): void {
    this.#revision += 1;
    this.items.accept({ items: endpoints, revision: this.#revision, incarnation: 'a' });
  }

  /** Calls one after the other. @returns who answered */
  async ask(times: number): Promise<readonly string[]> {
    const answers: string[] = [];
    for (let call = 0; call < times; call += 1) answers.push(await this.client.ask(''));
    return answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.channel[Symbol.asyncDispose]();
    await this.pool[Symbol.asyncDispose]();
    this.endpoints[Symbol.dispose]();
    for (const member of this.#members) await member[Symbol.asyncDispose]();
  }
}

/** How often each was answered by. */
export function shares(answers: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
}
