import { createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import { checkQuery, createCatalog, type Catalog } from '@portolan/catalog';
import {
  CatalogServiceService,
  type Registration,
  type SessionOpened,
  type SessionRequest,
  type SessionResponse,
  type WatchRequest,
  type WatchResponse,
} from '@portolan/contracts/catalog';
import { ANONYMOUS, assert, type Principal } from '@portolan/kernel';
import type { EmbeddedStore } from '@portolan/kv';
import { startFastServer } from '@portolan/grpc';
import { connect, createClient, type Client, type RpcServer } from '@portolan/rpc';
import { createTelemetry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import { LeaderWatch } from '../leader-watch.ts';
import { NativeLoad } from '../native-load.ts';
import { nativeServices } from '../native-services.ts';
import { CutOffStore } from './cut-off-store.ts';
import { freshStore } from './kv-over-grpc.ts';
import { OpenStream } from './open-stream.ts';

export type SessionUnderTest = OpenStream<SessionRequest, SessionResponse>;
export type WatchUnderTest = OpenStream<WatchRequest, WatchResponse>;

/** What `main.ts` serves, in this process, and a client with a connection of its own. Sessions and leases live by `clock`. */
export interface RegistryOverGrpc extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly store: EmbeddedStore;
  /** The store as this registry reaches it. */
  readonly member: CutOffStore;
  readonly catalog: Catalog;
  readonly load: NativeLoad;
  readonly server: RpcServer;
  readonly client: Client<typeof CatalogServiceService>;
  session(): SessionUnderTest;
  watch(): WatchUnderTest;
}

const SERVICE: Principal = { kind: 'service', name: 'test' };
const BIND = { host: '127.0.0.1', port: 0 };

export async function registryOverGrpc(principal: Principal = SERVICE): Promise<RegistryOverGrpc> {
  const stack = new AsyncDisposableStack();
  const clock = new VirtualClock();
  const telemetry = stack.use(createTelemetry({ app: 'test', logLevel: 'fatal', logFormat: 'json', clock }));
  const store = stack.use(freshStore(clock));
  const member = new CutOffStore(store);
  const catalog = stack.use(createCatalog({ store: member, clock, access: createAccess(DEVELOPMENT_POLICY) }));
  const leader = stack.use(new LeaderWatch({ store: member, clock, logger: telemetry.logger('leader') }));
  const load = new NativeLoad();
  const services = nativeServices(catalog, member, load, { leader });
  const logger = telemetry.logger('rpc');
  const server = stack.use(await startFastServer({ bind: BIND, services, logger, drainMs: 1_000 }));
  const connection = stack.use(connect(`127.0.0.1:${String(server.port)}`, { principal }));
  const client = createClient(CatalogServiceService, connection);
  return {
    clock,
    store,
    member,
    catalog,
    load,
    server,
    client,
    session: () => new OpenStream((requests, options) => client.session(requests, options)),
    watch: () => new OpenStream((requests, options) => client.watch(requests, options)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Sends one request, and returns the answer to it. */
export async function ask(
  stream: SessionUnderTest,
  request: NonNullable<SessionRequest['request']>,
  id = 1n,
): Promise<SessionResponse['response']> {
  stream.send({ id, request });
  const answer = await stream.next();
  assert(answer?.id === id, 'an answer names its request');
  return answer.response;
}

export async function open(stream: SessionUnderTest, resumeLease = 0n): Promise<SessionOpened> {
  const answer = await ask(stream, {
    $case: 'open',
    value: { resumeLease, ttlSeconds: 10, node: undefined, host: undefined },
  });
  assert(answer?.$case === 'opened', 'a session opens');
  return answer.value;
}

export const instance = (service: string, id: string): Registration => ({
  service,
  id,
  node: '',
  address: '10.0.0.1',
  ports: [{ name: 'grpc', number: 5_000 }],
  tags: [],
  metadata: {},
  weight: 0,
});

/** The instances of `web`. */
export async function idsOf({ catalog }: RegistryOverGrpc, includeUnhealthy = false): Promise<readonly string[]> {
  const query = checkQuery({ service: 'web', portName: '', tags: [], metadata: {}, includeUnhealthy });
  const { instances } = await catalog.resolve({ principal: ANONYMOUS, query });
  return instances.map(({ registration }) => registration.id);
}

/** Turns of the event loop until it is so. What never becomes so is ended by the test's time-out. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
