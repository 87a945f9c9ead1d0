import {
  CatalogServiceService,
  CheckStatus,
  type Check,
  type Instance,
  type Registration,
  type SessionRequest,
  type SessionResponse,
  type WatchRequest,
  type WatchResponse,
} from '@portolan/contracts/catalog';
import type { ErrorDetail } from '@portolan/contracts/error';
import type { ErrorKind, PortolanError } from '@portolan/kernel';
import { implement, RpcError, startRpcServer, type CallContext, type RpcServer } from '@portolan/rpc';
import { recordedLog } from './recorded-log.ts';
import { Outbox } from '../registry/outbox.ts';

type Request = NonNullable<SessionRequest['request']>;

export interface StandInOptions {
  /** Default: any free one. */
  readonly port?: number;
  readonly incarnation?: string;
}

/** One session stream as the registry saw it. */
export interface SeenSession {
  readonly requests: Request[];
  end: 'open' | 'goodbye' | 'broken';
}

/** A registry that does what the test says: a real gRPC server, with a catalog of a few lines behind it. */
export class StandInRegistry implements AsyncDisposable {
  readonly incarnation: string;
  readonly sessions: SeenSession[] = [];
  readonly watches: WatchRequest[] = [];
  /** Leases of earlier streams that a new one may go on with. */
  readonly leases = new Set<bigint>();
  /** What is answered to a request, in place of doing it. */
  refuse: (request: Request) => ErrorDetail | 'silence' | undefined = () => undefined;
  refuseWatch: (service: string) => ErrorDetail | undefined = () => undefined;
  calls = 0;
  /** What calls are refused with. */
  failure: PortolanError | undefined;
  readonly #instances = new Map<string, Instance>();
  readonly #watchers = new Set<() => void>();
  readonly #stopped = new AbortController();
  #revision = 1n;
  #server: RpcServer | undefined;

  private constructor(incarnation: string) {
    this.incarnation = incarnation;
  }

  static async start({ port = 0, incarnation = 'a' }: StandInOptions = {}): Promise<StandInRegistry> {
    const registry = new StandInRegistry(incarnation);
    registry.#server = await startRpcServer({
      bind: { host: '127.0.0.1', port },
      services: [registry.#service()],
      logger: recordedLog().logger,
      drainMs: 0,
    });
    return registry;
  }

  get port(): number {
    return this.#server?.port ?? 0;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** `service/id` of all instances. */
  get instances(): readonly string[] {
    return [...this.#instances.keys()].sort();
  }

  /** Of one instance, as `id: status`. */
  checksOf(key: string): readonly string[] {
    return (this.#instances.get(key)?.checks ?? []).map(({ id, status }) => `${id}: ${STATUS[status] ?? '?'}`);
  }

  /** An instance comes or changes. */
  put(service: string, id: string, port: number, more: Partial<Registration> = {}): void {
    const ports = [{ name: 'grpc', number: port }];
    const address = '127.0.0.1';
    this.#put({ service, id, node: '', address, ports, tags: [], metadata: {}, weight: 0, ...more }, []);
  }

  remove(service: string, id: string): void {
    this.#instances.delete(`${service}/${id}`);
    this.#changed();
  }

  /** All streams break, and nothing listens any more. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#server?.[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #service(): ReturnType<typeof implement> {
    return implement(CatalogServiceService, {
      session: (requests, call) => this.#session(requests, call),
      watch: (requests, call) => this.#watch(requests, call),
      listNodes: async () => {
        this.calls += 1;
        if (this.failure !== undefined) throw this.failure;
        return { incarnation: this.incarnation, revision: this.#revision, nodes: [] };
      },
      resolve: unimplemented,
      listServices: unimplemented,
      register: unimplemented,
      deregister: unimplemented,
    });
  }

  async *#session(requests: AsyncIterable<SessionRequest>, call: CallContext): AsyncGenerator<SessionResponse, void> {
    const session: SeenSession = { requests: [], end: 'open' };
    this.sessions.push(session);
    let lease = 0n;
    const out = this.#outbox<SessionResponse>(call);
    const read = async (): Promise<void> => {
      for await (const { id, request } of requests) {
        if (request === undefined) continue;
        session.requests.push(request);
        const refusal = this.refuse(request);
        if (refusal === 'silence') continue;
        if (refusal !== undefined) out.box.push({ id, response: { $case: 'failed', value: refusal } });
        else if (request.$case === 'open') {
          const { resumeLease, ttlSeconds } = request.value;
          const resumed = this.leases.has(resumeLease);
          lease = resumed ? resumeLease : BigInt(this.leases.size + 1);
          this.leases.add(lease);
          const { incarnation } = this;
          out.box.push({ id, response: { $case: 'opened', value: { lease, ttlSeconds, incarnation, resumed } } });
        } else {
          this.#do(request);
          const response: SessionResponse['response'] =
            request.$case === 'renew'
              ? { $case: 'renewed', value: { ttlSeconds: 10 } }
              : { $case: 'revision', value: this.#revision };
          out.box.push({ id, response });
        }
      }
      session.end = 'goodbye';
      this.leases.delete(lease);
      out.box.end();
    };
    read().catch(() => {
      session.end = 'broken';
    });
    yield* out.messages();
  }

  #do(request: Request): void {
    if (request.$case === 'register' && request.value.registration !== undefined) {
      this.#put(request.value.registration, request.value.checks);
    } else if (request.$case === 'deregister') {
      this.remove(request.value.service, request.value.instanceId);
    } else if (request.$case === 'report' && request.value.check !== undefined) {
      const { service, instanceId, check } = request.value;
      const { registration, checks } = this.#instances.get(`${service}/${instanceId}`) ?? { checks: [] };
      if (registration !== undefined) this.#put(registration, [...checks.filter(({ id }) => id !== check.id), check]);
    }
  }

  async *#watch(requests: AsyncIterable<WatchRequest>, call: CallContext): AsyncGenerator<WatchResponse, void> {
    const out = this.#outbox<WatchResponse>(call);
    const followed = new Map<bigint, { readonly answer: () => WatchResponse['update']; last: string }>();
    const send = (): void => {
      for (const [id, subscription] of followed) {
        const update = subscription.answer();
        const text = JSON.stringify(update, withoutRevision);
        if (text === subscription.last) continue;
        subscription.last = text;
        out.box.push({ id, update });
      }
    };
    this.#watchers.add(send);
    const read = async (): Promise<void> => {
      for await (const message of requests) {
        this.watches.push(message);
        if (message.request?.$case === 'unsubscribe') followed.delete(message.request.value.id);
        if (message.request?.$case !== 'subscribe') continue;
        const { id, subject } = message.request.value;
        const refusal = subject?.$case === 'query' ? this.refuseWatch(subject.value.service) : undefined;
        if (refusal !== undefined) out.box.push({ id, update: { $case: 'failed', value: refusal } });
        else followed.set(id, { answer: () => this.#answer(subject), last: '' });
        send();
      }
    };
    read().catch(() => undefined);
    try {
      yield* out.messages();
    } finally {
      this.#watchers.delete(send);
    }
  }

  #answer(
    subject: Extract<WatchRequest['request'], { $case: 'subscribe' }>['value']['subject'],
  ): WatchResponse['update'] {
    const { incarnation } = this;
    const revision = this.#revision;
    const all = [...this.#instances.values()];
    if (subject?.$case === 'query') {
      const { service, portName } = subject.value;
      const instances = all.filter(
        ({ registration }) =>
          registration?.service === service && registration.ports.some(({ name }) => name === portName),
      );
      return { $case: 'resolution', value: { incarnation, revision, instances, verdicts: [] } };
    }
    const names = [...new Set(all.map(({ registration }) => registration?.service ?? ''))];
    const services = names.map((name) => {
      const instances = all.filter(({ registration }) => registration?.service === name).length;
      return { name, instances, healthy: instances, tags: [], metadata: {}, portNames: ['grpc'] };
    });
    return { $case: 'services', value: { incarnation, revision, services } };
  }

  #put(registration: Registration, checks: readonly Check[]): void {
    this.#instances.set(`${registration.service}/${registration.id}`, {
      registration,
      owner: undefined,
      checks,
      health: CheckStatus.PASSING,
      createRevision: 1n,
      modRevision: 1n,
    });
    this.#changed();
  }

  #changed(): void {
    this.#revision += 1n;
    for (const send of [...this.#watchers]) send();
  }

  /** What is said on one stream until the stream ends, or this registry stops. */
  #outbox<Message>(call: CallContext): { readonly box: Outbox<Message>; messages(): AsyncGenerator<Message, void> } {
    const box = new Outbox<Message>(() => undefined);
    const over = AbortSignal.any([call.signal, this.#stopped.signal]);
    over.addEventListener('abort', () => {
      box.end();
    });
    return {
      box,
      messages: async function* () {
        yield* box;
        if (over.aborted) throw unavailable();
      },
    };
  }
}

/** An answer is sent again when it changes, not when the store does. */
function withoutRevision(key: string, value: unknown): unknown {
  if (key === 'revision') return undefined;
  return typeof value === 'bigint' ? String(value) : value;
}

const STATUS: Readonly<Record<number, string>> = {
  [CheckStatus.PASSING]: 'passing',
  [CheckStatus.WARNING]: 'warning',
  [CheckStatus.CRITICAL]: 'critical',
};

export function refusal(kind: ErrorKind, message = 'no'): ErrorDetail {
  return { code: 'STAND_IN', kind, message, fix: 'ask otherwise', context: {} };
}

function unavailable(): RpcError {
  return new RpcError('the stand-in stops', {
    code: 'STAND_IN_STOPS',
    kind: 'unavailable',
    fix: 'go elsewhere',
    reachedServer: true,
  });
}

async function unimplemented(): Promise<never> {
  throw unavailable();
}
