import type { Access } from '@portolan/access';
import type {
  Catalog,
  CatalogSession,
  HostSession,
  HostView,
  NodeList,
  OpenSessionRequest,
  Resolution,
  ResolveRequest,
  ServiceList,
} from '@portolan/catalog';
import {
  decodeNodeList,
  decodeResolution,
  decodeServiceList,
  encodeCheck,
  encodeQuery,
  encodeRegistration,
} from '@portolan/catalog/wire';
import { CatalogServiceService } from '@portolan/contracts/catalog';
import type { AgentUpstream } from '@portolan/discovery/agent';
import { assert, type Principal } from '@portolan/kernel';
import { revision, type Revision } from '@portolan/kv';
import { createClient, type Client } from '@portolan/rpc';
import { NotARegistryError } from '../errors.ts';
import type { LocalSessions } from './local-sessions.ts';
import type { RelayedAnswers } from './relayed-answers.ts';

export interface AgentCatalogOptions {
  readonly upstream: AgentUpstream;
  readonly answers: RelayedAnswers;
  readonly sessions: LocalSessions;
  readonly access: Access;
}

/**
 * The catalog, as the services of this host see it: what they register belongs to the host; what they ask is answered from
 * what the agent follows. The past, and what operators do, goes on to the registry.
 */
export class AgentCatalog implements Catalog {
  readonly #options: AgentCatalogOptions;
  readonly #registry: Client<typeof CatalogServiceService>;

  constructor(options: AgentCatalogOptions) {
    this.#options = options;
    this.#registry = createClient(CatalogServiceService, options.upstream.channel());
  }

  async resolve(request: ResolveRequest, signal?: AbortSignal): Promise<Resolution> {
    const { principal, query, explain = false, serializable = false } = request;
    this.#admit(principal, 'read');
    if (request.revision !== undefined || explain) {
      const past = { revision: BigInt(request.revision ?? 0), explain, serializable };
      const { resolution } = await this.#registry.resolve(
        { query: encodeQuery(query), ...past },
        { principal, ...patience(signal) },
      );
      return decodeResolution(resolution);
    }
    const subject = { $case: 'query', value: encodeQuery(query) } as const;
    const update = await this.#options.answers.one(subject, query.service, signal);
    assert(update.$case === 'resolution', 'a query is answered by a resolution');
    return decodeResolution(update.value);
  }

  async *watch(
    { principal, query }: Parameters<Catalog['watch']>[0],
    signal: AbortSignal,
  ): AsyncGenerator<Resolution, void> {
    this.#admit(principal, 'read');
    const subject = { $case: 'query', value: encodeQuery(query) } as const;
    for await (const update of this.#options.answers.each(subject, query.service, signal)) {
      if (update.$case === 'resolution') yield decodeResolution(update.value);
    }
  }

  async services(
    { principal, revision: at }: Parameters<Catalog['services']>[0],
    signal?: AbortSignal,
  ): Promise<ServiceList> {
    this.#admit(principal, 'read');
    if (at !== undefined) {
      const { list } = await this.#registry.listServices({ revision: BigInt(at) }, { principal, ...patience(signal) });
      return decodeServiceList(list);
    }
    const update = await this.#options.answers.one({ $case: 'services', value: {} }, 'the list of services', signal);
    assert(update.$case === 'services', 'a question for services is answered by a list');
    return decodeServiceList(update.value);
  }

  async *watchServices(
    { principal }: { readonly principal: Principal },
    signal: AbortSignal,
  ): AsyncGenerator<ServiceList, void> {
    this.#admit(principal, 'read');
    const subject = { $case: 'services', value: {} } as const;
    for await (const update of this.#options.answers.each(subject, 'the list of services', signal)) {
      if (update.$case === 'services') yield decodeServiceList(update.value);
    }
  }

  async nodes({ principal }: { readonly principal: Principal }, signal?: AbortSignal): Promise<NodeList> {
    return decodeNodeList(await this.#registry.listNodes({}, { principal, ...patience(signal) }));
  }

  async register({ principal, registration, checks = [] }: Parameters<Catalog['register']>[0]): Promise<Revision> {
    const request = { registration: encodeRegistration(registration), checks: checks.map(encodeCheck) };
    return revision((await this.#registry.register(request, { principal })).revision);
  }

  async deregister({ principal, service, instanceId }: Parameters<Catalog['deregister']>[0]): Promise<Revision> {
    return revision((await this.#registry.deregister({ service, instanceId }, { principal })).revision);
  }

  async openSession(request: OpenSessionRequest): Promise<CatalogSession> {
    this.#admit(request.principal, 'write');
    return this.#options.sessions.open(request);
  }

  openHostSession(): Promise<HostSession> {
    return Promise.reject(new NotARegistryError());
  }

  watchHost(): AsyncIterable<HostView> {
    throw new NotARegistryError();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What it is made of is closed by whoever made it.
  }

  #admit(principal: Principal, verb: 'read' | 'write'): void {
    this.#options.access.check(principal, { verb, on: 'catalog' });
  }
}

const patience = (signal: AbortSignal | undefined): { readonly signal?: AbortSignal } =>
  signal === undefined ? {} : { signal };
