import {
  isUnchanged,
  LeaseNotFoundError,
  type Compare,
  type Header,
  type KeyValue,
  type KvStore,
  type LeaseId,
  type Operation,
  type Revision,
  type TxnResult,
} from '@portolan/kv';
import { SESSION_CHECK, type InstanceName } from './catalog.ts';
import {
  InstanceContendedError,
  InstanceNotFoundError,
  InstanceTakenError,
  SessionEndedError,
  TooManyChecksError,
} from './errors.ts';
import { checkKey, instanceKey, nodeKey } from './keys.ts';
import { CHECKS_MAX, WRITE_ATTEMPTS_MAX } from './limits.ts';
import type { Check, Health, Node, Owner } from './model.ts';
import { isHeldBy, nameOf, planRegistration, put, removal, type Wanted } from './plan-registration.ts';
import { CATALOG_PRINCIPAL, KEYSPACE, readInstanceKeys, type Read } from './store-access.ts';
import { checkValue, nodeValue, readCheck, readInstance } from './stored-values.ts';

export interface SessionReport {
  readonly status: Health;
  readonly output: string;
  readonly since: number;
}

/** Every write of the catalog. Each is one transaction that holds only if nobody else wrote what it was decided on. */
export class CatalogWriter {
  readonly #store: KvStore;
  readonly #wrote: (header: Header) => void;

  /** @param wrote told of each revision that a write made */
  constructor(store: KvStore, wrote: (header: Header) => void) {
    this.#store = store;
    this.#wrote = wrote;
  }

  /**
   * Makes the instance what is wanted.
   * @param mayReplace asked when it belongs to somebody else; throws when it may not be taken over
   * @returns the revision it is visible at
   */
  async register(wanted: Wanted, mayReplace: (owner: Owner) => void): Promise<Revision> {
    const name = nameOf(wanted.registration);
    return this.#untilUncontended(name, async (current) => {
      const before = find(current, name);
      if (before !== undefined) {
        const { owner } = readInstance(before);
        if (!isSameOwner(owner, wanted.owner)) mayReplace(owner);
      }
      const { compares, operations } = planRegistration(current, wanted);
      return operations.length === 0 ? current.revision : this.#commit(compares, operations);
    });
  }

  /** @param mayRemove asked before; throws when it may not be removed. @throws InstanceNotFoundError */
  async remove(name: InstanceName, mayRemove: (owner: Owner) => void): Promise<Revision> {
    return this.#untilUncontended(name, async (current) => {
      const before = find(current, name);
      if (before === undefined) throw new InstanceNotFoundError(name);
      mayRemove(readInstance(before).owner);
      return this.#commit([isUnchanged(KEYSPACE, instanceKey(name), before.modRevision)], removal(name));
    });
  }

  /** Removes what the lease still holds; what is gone, or somebody else's by now, stays as it is. */
  async removeHeld(name: InstanceName, lease: LeaseId): Promise<Revision> {
    const result = await this.#txn([isHeldBy(name, lease)], removal(name));
    return result.revision;
  }

  /** Writes a transition. @throws InstanceNotFoundError, InstanceTakenError, TooManyChecksError */
  async report(name: InstanceName, lease: LeaseId, check: Check): Promise<Revision> {
    const session = checkKey(name, SESSION_CHECK);
    return this.#untilUncontended(name, async (current) => {
      const before = find(current, name);
      if (before === undefined) throw new InstanceNotFoundError(name);
      if (before.lease !== lease) throw new InstanceTakenError(name, ownerName(readInstance(before).owner));
      const others = current.keyValues.filter(
        ({ key }) => ![before.key, session, checkKey(name, check.id)].includes(key),
      );
      if (others.length >= CHECKS_MAX) throw new TooManyChecksError(name, CHECKS_MAX);
      return this.#reportHeld(current, name, lease, check);
    });
  }

  /** Writes a transition of the registry's own check; nothing when the lease no longer holds the instance. */
  async reportSession(name: InstanceName, lease: LeaseId, report: SessionReport): Promise<Revision> {
    return this.#untilUncontended(name, async (current) => {
      if (find(current, name)?.lease !== lease) return current.revision;
      return this.#reportHeld(current, name, lease, { id: SESSION_CHECK, ...report });
    });
  }

  /** A node of a session: it goes with the lease, and a session of the same host puts it back. */
  async putNode(node: Node, lease: LeaseId): Promise<void> {
    await this.#txn([], [put(nodeKey(node.name), nodeValue(node), lease)]);
  }

  async #reportHeld(current: Read, name: InstanceName, lease: LeaseId, check: Check): Promise<Revision | undefined> {
    const key = checkKey(name, check.id);
    const before = current.keyValues.find((keyValue) => keyValue.key === key);
    if (before?.lease === lease && readCheck(before).status === check.status) return current.revision;
    const unchanged: Compare =
      before === undefined
        ? { keyspace: KEYSPACE, keys: { kind: 'one', key }, relation: 'equal', target: { kind: 'version', value: 0 } }
        : isUnchanged(KEYSPACE, key, before.modRevision);
    return this.#commit([isHeldBy(name, lease), unchanged], [put(key, checkValue(check), lease)]);
  }

  async #untilUncontended(
    name: InstanceName,
    attempt: (current: Read) => Promise<Revision | undefined>,
  ): Promise<Revision> {
    for (let attempts = 0; attempts < WRITE_ATTEMPTS_MAX; attempts += 1) {
      const done = await attempt(await readInstanceKeys(this.#store, name));
      if (done !== undefined) return done;
    }
    throw new InstanceContendedError(name, WRITE_ATTEMPTS_MAX);
  }

  /** @returns undefined when a compare did not hold */
  async #commit(compares: readonly Compare[], success: readonly Operation[]): Promise<Revision | undefined> {
    const result = await this.#txn(compares, success);
    return result.succeeded ? result.revision : undefined;
  }

  async #txn(compares: readonly Compare[], success: readonly Operation[]): Promise<TxnResult> {
    try {
      const result = await this.#store.txn({ principal: CATALOG_PRINCIPAL, compares, success });
      const wrote = result.results.some(
        ({ kind, ...rest }) => kind === 'put' || ('deleted' in rest && rest.deleted > 0),
      );
      if (wrote) this.#wrote(result);
      return result;
    } catch (error) {
      const lease = success.find((operation) => operation.kind === 'put')?.lease;
      if (!(error instanceof LeaseNotFoundError) || typeof lease !== 'bigint') throw error;
      throw new SessionEndedError(lease, 'its time to live is over', error);
    }
  }
}

export function ownerName(owner: Owner): string {
  switch (owner.kind) {
    case 'agent':
      return `the agent on ${owner.node}`;
    case 'lease':
      return `lease ${owner.id}`;
    case 'operator':
      return owner.principal;
  }
}

function find(current: Read, name: InstanceName): KeyValue | undefined {
  const key = instanceKey(name);
  return current.keyValues.find((keyValue) => keyValue.key === key);
}

function isSameOwner(a: Owner, b: Owner): boolean {
  return ownerName(a) === ownerName(b);
}
