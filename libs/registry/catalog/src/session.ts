import { PortolanError, type Clock } from '@portolan/kernel';
import {
  LeaseNotFoundError,
  type Incarnation,
  type KvStore,
  type Lease,
  type LeaseId,
  type Revision,
} from '@portolan/kv';
import type { CatalogIndex } from './catalog-index.ts';
import type { CatalogLogger } from './catalog-logger.ts';
import type { CatalogWriter, Hold } from './catalog-writer.ts';
import { SESSION_CHECK, type CatalogSession, type InstanceName } from './catalog.ts';
import { InstanceTakenError, SessionEndedError, SessionFullError } from './errors.ts';
import { instanceKey } from './keys.ts';
import { SESSION_INSTANCES_MAX } from './limits.ts';
import type { Check, Node, Owner, Registration } from './model.ts';
import { nameOf, ownerName } from './plan-registration.ts';
import { CATALOG_PRINCIPAL } from './store-access.ts';

export interface SessionHost {
  readonly store: KvStore;
  readonly clock: Clock;
  readonly logger: CatalogLogger;
  readonly writer: CatalogWriter;
  readonly index: CatalogIndex;
  /** False once a newer stream goes on with the lease, or it has ended. */
  isHolder(session: Session): boolean;
  forget(): void;
  broken(session: Session): void;
}

export interface SessionState {
  readonly lease: Lease;
  readonly hold: Hold;
  readonly resumed: boolean;
  readonly node: Node | undefined;
  readonly instances: Map<string, InstanceName>;
}

/** One stream of one process. */
export class Session implements CatalogSession {
  readonly lease: LeaseId;
  readonly ttlSeconds: number;
  readonly incarnation: Incarnation;
  readonly resumed: boolean;
  readonly #host: SessionHost;
  readonly #hold: Hold;
  readonly #node: Node | undefined;
  readonly #instances: Map<string, InstanceName>;
  /** Why it is over; undefined while it is not. */
  #over: string | undefined;

  constructor(host: SessionHost, { lease, hold, resumed, node, instances }: SessionState) {
    this.#host = host;
    this.#hold = hold;
    this.lease = lease.id;
    this.ttlSeconds = lease.ttlSeconds;
    this.incarnation = lease.incarnation;
    this.resumed = resumed;
    this.#node = node;
    this.#instances = instances;
  }

  get isEmpty(): boolean {
    return this.#instances.size === 0;
  }

  async register(registration: Registration, checks: readonly Check[]): Promise<Revision> {
    this.#expectOpen();
    const name = nameOf(registration);
    const key = instanceKey(name);
    const isNew = !this.#instances.has(key);
    if (isNew && this.#instances.size >= SESSION_INSTANCES_MAX) throw new SessionFullError(SESSION_INSTANCES_MAX);
    // Noted first: should the stream break while this is being written, the grace has to know of it.
    this.#instances.set(key, name);
    const session: Check = { id: SESSION_CHECK, status: 'passing', output: '', since: this.#host.clock.epoch() };
    const owner: Owner = { kind: 'lease', id: this.lease };
    try {
      return await this.#host.writer.register({ registration, owner, checks: [session, ...checks] }, (before) => {
        this.#mayTakeOver(name, before);
      });
    } catch (error) {
      if (isNew && error instanceof InstanceTakenError) this.#instances.delete(key);
      throw this.#noteEnd(error);
    }
  }

  async deregister(name: InstanceName): Promise<Revision> {
    this.#expectOpen();
    const revision = await this.#host.writer.removeHeld(name, this.lease);
    this.#instances.delete(instanceKey(name));
    return revision;
  }

  async reportCheck(name: InstanceName, check: Check): Promise<Revision> {
    this.#expectOpen();
    try {
      return await this.#host.writer.report(name, this.lease, check);
    } catch (error) {
      throw this.#noteEnd(error);
    }
  }

  async renew(): Promise<{ readonly ttlSeconds: number }> {
    this.#expectOpen();
    try {
      const { ttlSeconds } = await this.#host.store.keepAlive({ principal: CATALOG_PRINCIPAL, id: this.lease });
      await this.#mend();
      return { ttlSeconds };
    } catch (error) {
      throw this.#noteEnd(error);
    }
  }

  broken(): void {
    this.#over = 'its stream broke';
    this.#host.broken(this);
  }

  leave(): void {
    this.#over = 'its node could not go on with it';
    if (this.#host.isHolder(this)) this.#host.forget();
  }

  async close(): Promise<void> {
    if (!this.#host.isHolder(this)) return;
    this.#host.forget();
    try {
      await this.#host.store.revokeLease({ principal: CATALOG_PRINCIPAL, id: this.lease });
    } catch (error) {
      if (!(error instanceof LeaseNotFoundError)) throw error;
    }
  }

  /** The stream is back before the lease ended: what its break said is no longer true. */
  async restore(): Promise<void> {
    const since = this.#host.clock.epoch();
    for (const name of [...this.#instances.values()]) {
      if (!this.#host.isHolder(this)) return;
      await this.#host.writer.reportSession(name, this.lease, { status: 'passing', output: '', since });
    }
  }

  /** The grace is over. Called by the clock, so nobody waits for it: what goes wrong is the lease's to end. */
  async turnCritical(): Promise<void> {
    const { logger } = this.#host;
    try {
      const instances = await this.#reportBroken();
      if (instances > 0) logger.warn({ lease: this.lease, instances }, 'a session broke: its instances turn critical');
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      logger.warn(
        { err: error, lease: this.lease },
        'cannot mark what a broken session registered: its lease will end it',
      );
    }
  }

  /** @returns of how many instances it was said */
  async #reportBroken(): Promise<number> {
    const report = { status: 'critical', output: 'stream broken', since: this.#host.clock.epoch() } as const;
    let reported = 0;
    for (const name of [...this.#instances.values()]) {
      if (!this.#host.isHolder(this)) return reported;
      const outcome = await this.#host.writer.reportBroken(name, this.#hold, report);
      if (outcome === 'reported') reported += 1;
      if (outcome === 'resumed') {
        // Another node serves it by now.
        if (this.#host.isHolder(this)) this.#host.forget();
        return reported;
      }
    }
    return reported;
  }

  /** A node of an older version that thinks the stream broke, or a session of this host that ended, may have undone it. */
  async #mend(): Promise<void> {
    const known = this.#host.index.known;
    if (known === undefined) return;
    const { records } = known;
    if (this.#node !== undefined && !records.hasNode(this.#node.name)) {
      await this.#host.writer.putNode(this.#node, this.lease);
    }
    for (const name of this.#instances.values()) {
      const found = records.instance(name.service, name.instanceId);
      const session = found?.instance.checks.find(({ id }) => id === SESSION_CHECK);
      if (found?.lease === this.lease && session?.status !== 'passing') {
        const since = this.#host.clock.epoch();
        await this.#host.writer.reportSession(name, this.lease, { status: 'passing', output: '', since });
      }
    }
  }

  /** The last of several processes with one id has it. What an operator or agent registered is not up for grabs. */
  #mayTakeOver(name: InstanceName, owner: Owner): void {
    if (owner.kind !== 'lease') throw new InstanceTakenError(name, ownerName(owner));
    this.#host.logger.warn(
      { ...name, from: owner.id, to: this.lease },
      'an instance was taken over by a newer session',
    );
  }

  #expectOpen(): void {
    if (this.#over !== undefined) throw new SessionEndedError(this.lease, this.#over);
    if (!this.#host.isHolder(this))
      throw new SessionEndedError(this.lease, 'closed, expired, or resumed by a newer stream');
  }

  /** Where the lease is found to be gone, nothing more is to be remembered. */
  #noteEnd(error: unknown): unknown {
    const ended =
      error instanceof LeaseNotFoundError
        ? new SessionEndedError(this.lease, 'its time to live is over', error)
        : error;
    if (ended instanceof SessionEndedError && this.#host.isHolder(this)) this.#host.forget();
    return ended;
  }
}
