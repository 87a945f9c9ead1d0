import type { Clock, Timer } from '@portolan/kernel';
import type { KvStore } from '@portolan/kv';
import type { CatalogIndex } from './catalog-index.ts';
import type { CatalogLogger } from './catalog-logger.ts';
import { NODE_CHECK, type HostSession, type InstanceName, type OpenHostSessionRequest } from './catalog.ts';
import { HostTakenError } from './errors.ts';
import { HostReaper } from './host-reaper.ts';
import { AgentSession, type HostSessionSurroundings } from './host-session.ts';
import type { HostWriter } from './host-writer.ts';
import { HOST_GRACE_MS } from './limits.ts';
import type { NodeName } from './model.ts';
import { grantSession } from './session-lease.ts';

export interface HostSessionsOptions {
  readonly store: KvStore;
  readonly clock: Clock;
  readonly logger: CatalogLogger;
  readonly writer: HostWriter;
  readonly index: CatalogIndex;
}

/** The agents that this node of the registry serves. */
export class HostSessions implements AsyncDisposable {
  readonly #surroundings: HostSessionSurroundings;
  readonly #reaper: HostReaper;
  readonly #graces = new Map<AgentSession, Timer>();
  readonly #ending = new Set<Promise<void>>();
  #closed = false;

  constructor(options: HostSessionsOptions) {
    this.#reaper = new HostReaper(options);
    this.#surroundings = {
      ...options,
      broken: (session) => {
        this.#startGrace(session);
      },
      forget: (session) => {
        this.#graces.get(session)?.cancel();
        this.#graces.delete(session);
      },
    };
  }

  /**
   * Begins to judge hosts that are away; harmless when it does already. Whether or not an agent ever comes here: those that were at another
   * node, or before a restart, may never come back.
   */
  start(): void {
    this.#reaper.start();
  }

  async open({ ttlSeconds, claim }: OpenHostSessionRequest): Promise<HostSession> {
    const { store, writer, clock } = this.#surroundings;
    this.start();
    const session = new AgentSession(this.#surroundings, claim, await grantSession(store, ttlSeconds));
    try {
      await writer.claim(claim, session.lease);
      // What its absence said is no longer true.
      const present = { id: NODE_CHECK, status: 'passing', output: '', since: clock.epoch() } as const;
      for (const name of await this.#marked(claim.node.name)) await session.reportCheck(name, present);
    } catch (error) {
      // Whether it speaks for the host by now is not known: should its lease end at once, the host would look dead to all.
      if (error instanceof HostTakenError) await session.end();
      else session.broken();
      throw error;
    }
    return session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const grace of this.#graces.values()) grace.cancel();
    this.#graces.clear();
    await Promise.all(this.#ending);
    await this.#reaper[Symbol.asyncDispose]();
  }

  /** The instances of a host that are said to be without it. */
  async #marked(node: NodeName): Promise<readonly InstanceName[]> {
    const { index } = this.#surroundings;
    await index.caughtUp();
    const records = index.known?.records;
    return (records?.hosts.instancesOn(node) ?? []).filter(({ service, instanceId }) =>
      records
        ?.instance(service, instanceId)
        ?.instance.checks.some(({ id, status }) => id === NODE_CHECK && status !== 'passing'),
    );
  }

  #startGrace(session: AgentSession): void {
    if (this.#closed || this.#graces.has(session)) return;
    const grace = this.#surroundings.clock.after(HOST_GRACE_MS, () => {
      this.#graces.delete(session);
      const ending = session.end();
      this.#ending.add(ending);
      void ending.finally(() => this.#ending.delete(ending));
    });
    this.#graces.set(session, grace);
  }
}
