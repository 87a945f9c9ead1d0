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
import { NODE_CHECK, type HostClaim, type HostSession, type InstanceName } from './catalog.ts';
import { InstanceTakenError, SessionEndedError, SessionFullError } from './errors.ts';
import { HOST_INSTANCES_MAX } from './limits.ts';
import type { HostWriter } from './host-writer.ts';
import type { Check, Owner, Registration } from './model.ts';
import { nameOf, ownerName } from './plan-registration.ts';
import { CATALOG_PRINCIPAL } from './store-access.ts';

export interface HostSessionSurroundings {
  readonly store: KvStore;
  readonly clock: Clock;
  readonly logger: CatalogLogger;
  readonly writer: HostWriter;
  readonly index: CatalogIndex;
  /** The stream is gone without a word: starts the grace. */
  broken(session: AgentSession): void;
  forget(session: AgentSession): void;
}

/** One stream of the agent of a host. Who speaks for the host is in the store, so that there is no one to ask but it. */
export class AgentSession implements HostSession {
  readonly lease: LeaseId;
  readonly ttlSeconds: number;
  readonly incarnation: Incarnation;
  readonly resumed = false;
  /** An agent is never done: what it registered outlives the session. */
  readonly isEmpty = false;
  readonly claim: HostClaim;
  readonly #surroundings: HostSessionSurroundings;
  /** Why it is over; undefined while it is not. */
  #over: string | undefined;

  constructor(surroundings: HostSessionSurroundings, claim: HostClaim, lease: Lease) {
    this.#surroundings = surroundings;
    this.claim = claim;
    this.lease = lease.id;
    this.ttlSeconds = lease.ttlSeconds;
    this.incarnation = lease.incarnation;
  }

  async register(registration: Registration, checks: readonly Check[]): Promise<Revision> {
    const { writer, logger, index } = this.#surroundings;
    const { name: node } = this.claim.node;
    const instance = nameOf(registration);
    const owner: Owner = { kind: 'agent', node, deregisterAfterSeconds: this.claim.deregisterAfterSeconds };
    const wanted = { registration: { ...registration, node }, owner, checks: [this.#present(), ...checks] };
    this.#expectOpen();
    const held = index.known?.records.hosts.instancesOn(node) ?? [];
    const isNew = held.every(
      ({ service, instanceId: id }) => service !== instance.service || id !== instance.instanceId,
    );
    if (isNew && held.length >= HOST_INSTANCES_MAX) throw new SessionFullError(HOST_INSTANCES_MAX);
    return writer.register(wanted, node, this.lease, (before) => {
      // It moved here from a host that is dead, or has lost its agent for good.
      const moved = before.kind === 'agent' && index.known?.records.hosts.isPresent(before.node) === false;
      if (!moved) throw new InstanceTakenError(instance, ownerName(before));
      logger.warn({ ...instance, from: before.node, to: node }, 'an instance was taken over from a host that is away');
    });
  }

  async deregister(instance: InstanceName): Promise<Revision> {
    this.#expectOpen();
    return this.#surroundings.writer.remove(instance, this.claim.node.name, this.lease);
  }

  async reportCheck(instance: InstanceName, check: Check): Promise<Revision> {
    this.#expectOpen();
    return this.#surroundings.writer.report(instance, this.claim.node.name, this.lease, check);
  }

  async forgetEviction(instance: InstanceName): Promise<Revision> {
    this.#expectOpen();
    return this.#surroundings.writer.forgetEviction(instance, this.claim.node.name, this.lease);
  }

  async renew(): Promise<{ readonly ttlSeconds: number }> {
    this.#expectOpen();
    try {
      const { ttlSeconds } = await this.#surroundings.store.keepAlive({ principal: CATALOG_PRINCIPAL, id: this.lease });
      return { ttlSeconds };
    } catch (error) {
      if (!(error instanceof LeaseNotFoundError)) throw error;
      this.#surroundings.forget(this);
      throw new SessionEndedError(this.lease, 'its time to live is over', error);
    }
  }

  broken(): void {
    this.#over = 'its stream broke';
    this.#surroundings.broken(this);
  }

  leave(): void {
    this.#over = 'its node could not go on with it';
    this.#surroundings.forget(this);
  }

  async close(): Promise<void> {
    this.#surroundings.forget(this);
    await this.end();
  }

  /** Nobody speaks for the host any more, unless a newer session does. */
  async end(): Promise<void> {
    try {
      await this.#surroundings.store.revokeLease({ principal: CATALOG_PRINCIPAL, id: this.lease });
    } catch (error) {
      if (error instanceof LeaseNotFoundError) return;
      if (!(error instanceof PortolanError)) throw error;
      this.#surroundings.logger.warn(
        { err: error, lease: this.lease },
        'cannot end the session of a host: its lease will',
      );
    }
  }

  #present(): Check {
    return { id: NODE_CHECK, status: 'passing', output: '', since: this.#surroundings.clock.epoch() };
  }

  #expectOpen(): void {
    if (this.#over !== undefined) throw new SessionEndedError(this.lease, this.#over);
  }
}
