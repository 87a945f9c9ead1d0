import type { Access, Verb } from '@portolan/access';
import { assert, formatPrincipal, type Clock, type Principal } from '@portolan/kernel';
import type { KvStore, Revision } from '@portolan/kv';
import { CatalogIndex, type Known } from './catalog-index.ts';
import { SILENT, type CatalogLogger } from './catalog-logger.ts';
import { CatalogTxn } from './catalog-txn.ts';
import { CatalogWriter } from './catalog-writer.ts';
import type {
  Catalog,
  CatalogSession,
  HostSession,
  InstanceName,
  OpenHostSessionRequest,
  OpenSessionRequest,
  ResolveRequest,
} from './catalog.ts';
import { CatalogClosedError } from './errors.ts';
import type {
  Check,
  HostView,
  NodeList,
  NodeName,
  Owner,
  Query,
  Registration,
  Resolution,
  ServiceList,
} from './model.ts';
import { CatalogRecords } from './records.ts';
import { resolve } from './resolve.ts';
import { HostSessions } from './host-sessions.ts';
import { hostView } from './host-view.ts';
import { HostWriter } from './host-writer.ts';
import { sameHostView, sameResolution, sameServices } from './same-answer.ts';
import { Sessions } from './sessions.ts';
import { AnswersByQuery } from './answers-by-query.ts';
import { readEverything, readNodes, readService } from './store-access.ts';
import { hostTopic, SERVICES, serviceTopic, type Topic } from './topics.ts';
import { listServices } from './summarise.ts';

export interface CatalogOptions {
  readonly store: KvStore;
  /** Times the grace of broken sessions, and says since when a check is what it is. */
  readonly clock: Clock;
  readonly access: Access;
  readonly logger?: CatalogLogger;
}

export function createCatalog(options: CatalogOptions): Catalog {
  return new StoreCatalog(options);
}

class StoreCatalog implements Catalog {
  readonly #store: KvStore;
  readonly #access: Access;
  readonly #index: CatalogIndex;
  readonly #writer: CatalogWriter;
  readonly #sessions: Sessions;
  readonly #hosts: HostSessions;
  readonly #answers = new AnswersByQuery();
  #closed = false;

  constructor({ store, clock, access, logger = SILENT }: CatalogOptions) {
    this.#store = store;
    this.#access = access;
    const index = new CatalogIndex(store, clock, logger);
    const txn = new CatalogTxn(store, (header) => {
      index.wrote(header);
    });
    const writer = new CatalogWriter(txn);
    this.#index = index;
    this.#writer = writer;
    this.#sessions = new Sessions({ store, clock, logger, writer, index });
    this.#hosts = new HostSessions({ store, clock, logger, writer: new HostWriter(txn), index });
  }

  async resolve(request: ResolveRequest, signal?: AbortSignal): Promise<Resolution> {
    this.#admit(request.principal, 'read');
    const { query, revision, explain = false } = request;
    if (request.serializable === true && revision === undefined) {
      await this.#index.caughtUp(signal);
      if (!explain) return this.#answers.answer(this.#known(), query);
      const { records, at } = this.#known();
      return resolve(records.instancesOf(query.service), query, at, explain);
    }
    const read = await readService(this.#store, query.service, revision, signal);
    return resolve(CatalogRecords.of(read.keyValues).instancesOf(query.service), query, read, explain);
  }

  watch(
    { principal, query }: { readonly principal: Principal; readonly query: Query },
    signal: AbortSignal,
  ): AsyncIterable<Resolution> {
    const answer = (known: Known): Resolution => this.#answers.answer(known, query);
    return this.#follow(principal, serviceTopic(query.service), answer, sameResolution, signal);
  }

  async services(
    request: { readonly principal: Principal; readonly revision?: Revision },
    signal?: AbortSignal,
  ): Promise<ServiceList> {
    this.#admit(request.principal, 'read');
    const read = await readEverything(this.#store, request.revision, signal);
    return listServices(CatalogRecords.of(read.keyValues), read);
  }

  watchServices({ principal }: { readonly principal: Principal }, signal: AbortSignal): AsyncIterable<ServiceList> {
    const answer = ({ records, at }: Known): ServiceList => listServices(records, at);
    return this.#follow(principal, SERVICES, answer, sameServices, signal);
  }

  async nodes({ principal }: { readonly principal: Principal }, signal?: AbortSignal): Promise<NodeList> {
    this.#admit(principal, 'read');
    const read = await readNodes(this.#store, signal);
    const { incarnation, revision } = read;
    return { incarnation, revision, nodes: CatalogRecords.of(read.keyValues).nodes() };
  }

  async register(request: {
    readonly principal: Principal;
    readonly registration: Registration;
    readonly checks?: readonly Check[];
  }): Promise<Revision> {
    const { principal, registration, checks = [] } = request;
    this.#admit(principal, 'write');
    const owner: Owner = { kind: 'operator', principal: formatPrincipal(principal) };
    return this.#writer.register({ registration, owner, checks }, () => {
      this.#admit(principal, 'administer');
    });
  }

  async deregister(request: { readonly principal: Principal } & InstanceName): Promise<Revision> {
    const { principal, service, instanceId } = request;
    this.#admit(principal, 'write');
    return this.#writer.remove({ service, instanceId }, formatPrincipal(principal), (owner) => {
      if (owner.kind !== 'operator') this.#admit(principal, 'administer');
    });
  }

  async openSession(request: OpenSessionRequest): Promise<CatalogSession> {
    this.#admit(request.principal, 'write');
    this.#index.start();
    this.#hosts.start();
    return this.#sessions.open(request);
  }

  async openHostSession(request: OpenHostSessionRequest): Promise<HostSession> {
    this.#admit(request.principal, 'write');
    return this.#hosts.open(request);
  }

  watchHost(
    { principal, node }: { readonly principal: Principal; readonly node: NodeName },
    signal: AbortSignal,
  ): AsyncIterable<HostView> {
    const answer = ({ records, at }: Known): HostView => hostView(records, node, at);
    return this.#follow(principal, hostTopic(node), answer, sameHostView, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#sessions[Symbol.asyncDispose]();
    await this.#hosts[Symbol.asyncDispose]();
    await this.#index[Symbol.asyncDispose]();
  }

  #known(): Known {
    const { known } = this.#index;
    assert(known !== undefined, 'an index that has caught up knows something');
    return known;
  }

  /** The answer now, and the newest one whenever the reader comes back and it is another: what is between is skipped. */
  async *#follow<Answer>(
    principal: Principal,
    topic: Topic,
    answer: (known: Known) => Answer,
    same: (a: Answer, b: Answer) => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<Answer, void, undefined> {
    if (signal.aborted) return;
    this.#admit(principal, 'read');
    using subscription = this.#index.subscribe(topic);
    let last: Answer | undefined;
    try {
      for (;;) {
        await this.#index.caughtUp(signal);
        const next = answer(this.#known());
        if (last === undefined || !same(last, next)) {
          last = next;
          yield next;
        }
        await subscription.changed(signal);
      }
    } catch (error) {
      if (error !== signal.reason) throw error;
    }
  }

  /** The one place where a request is let in. */
  #admit(principal: Principal, verb: Verb): void {
    if (this.#closed) throw new CatalogClosedError();
    this.#access.check(principal, { verb, on: 'catalog' });
  }
}
