import { isUnchanged, oneKey, revision, type Compare, type KeyValue, type LeaseId, type Revision } from '@portolan/kv';
import type { CatalogTxn } from './catalog-txn.ts';
import { SESSION_CHECK, type InstanceName } from './catalog.ts';
import { InstanceNotFoundError, InstanceTakenError, TooManyChecksError } from './errors.ts';
import { checkKey, checksOfInstance, evictionKey, instanceKey, nodeKey, sessionKey } from './keys.ts';
import { CHECKS_MAX, EVICTION_TTL_SECONDS } from './limits.ts';
import type { Check, Eviction, Health, Node, Owner } from './model.ts';
import { isHeldBy, nameOf, ownerName, planRegistration, put, removal, type Wanted } from './plan-registration.ts';
import { CATALOG_PRINCIPAL, KEYSPACE, readInstanceKeys, readTogether, type Read } from './store-access.ts';
import { checkValue, evictionValue, nodeValue, readCheck, readInstance } from './stored-values.ts';

export interface SessionReport {
  readonly status: Health;
  readonly output: string;
  readonly since: number;
}

/** One stream of a session, as the store knows it: the last one that went on with the lease. */
export interface Hold {
  readonly lease: LeaseId;
  /** When it did; 0: it is the first one. */
  readonly since: Revision;
}

const NOTHING = new Uint8Array(0);

/** Every write of the catalog. Each is one transaction that holds only if nobody else wrote what it was decided on. */
export class CatalogWriter {
  readonly #txn: CatalogTxn;

  constructor(txn: CatalogTxn) {
    this.#txn = txn;
  }

  /**
   * Makes the instance what is wanted.
   * @param mayReplace asked when it belongs to somebody else; throws when it may not be taken over
   * @returns the revision it is visible at
   */
  async register(wanted: Wanted, mayReplace: (owner: Owner) => void): Promise<Revision> {
    const name = nameOf(wanted.registration);
    return this.#attempt(name, async (current) => {
      const before = find(current, name);
      if (before !== undefined) {
        const { owner } = readInstance(before);
        if (!isSameOwner(owner, wanted.owner)) mayReplace(owner);
      }
      const { compares, operations } = planRegistration(current, wanted);
      return operations.length === 0 ? current.revision : this.#txn.commit(compares, operations);
    });
  }

  /**
   * What an agent registered is evicted, or the agent would put it back.
   * @param mayRemove asked before; throws when it may not be removed
   * @param principal who removes it
   * @throws InstanceNotFoundError
   */
  async remove(name: InstanceName, principal: string, mayRemove: (owner: Owner) => void): Promise<Revision> {
    return this.#attempt(name, async (current) => {
      const before = find(current, name);
      if (before === undefined) throw new InstanceNotFoundError(name);
      const { owner } = readInstance(before);
      mayRemove(owner);
      const unchanged = isUnchanged(KEYSPACE, instanceKey(name), before.modRevision);
      if (owner.kind !== 'agent') return this.#txn.commit([unchanged], removal(name));
      return this.#evict({ ...name, node: owner.node, principal }, unchanged);
    });
  }

  async #evict(eviction: Eviction, unchanged: Compare): Promise<Revision | undefined> {
    const { store } = this.#txn;
    const ttlSeconds = EVICTION_TTL_SECONDS;
    const { id: lease } = await store.grantLease({
      principal: CATALOG_PRINCIPAL,
      ttlSeconds,
      keyspace: 'catalog',
    });
    const evicted = put(evictionKey(eviction), evictionValue(eviction), lease);
    const done = await this.#txn.commit([unchanged], [...removal(eviction), evicted]);
    if (done === undefined) await store.revokeLease({ principal: CATALOG_PRINCIPAL, id: lease });
    return done;
  }

  /** Removes what the lease still holds; what is gone, or somebody else's by now, stays as it is. */
  async removeHeld(name: InstanceName, lease: LeaseId): Promise<Revision> {
    const result = await this.#txn.txn([isHeldBy(name, lease)], removal(name));
    return result.revision;
  }

  /** Writes a transition. @throws InstanceNotFoundError, InstanceTakenError, TooManyChecksError */
  async report(name: InstanceName, lease: LeaseId, check: Check): Promise<Revision> {
    const session = checkKey(name, SESSION_CHECK);
    return this.#attempt(name, async (current) => {
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
    return this.#attempt(name, async (current) => {
      if (find(current, name)?.lease !== lease) return current.revision;
      return this.#reportHeld(current, name, lease, { id: SESSION_CHECK, ...report });
    });
  }

  /** Another stream goes on with the lease: from now on no other one breaks. @throws SessionEndedError */
  async resume(lease: LeaseId): Promise<Hold> {
    const { revision: since } = await this.#txn.txn([], [put(sessionKey(lease), NOTHING, lease)]);
    return { lease, since };
  }

  /**
   * Says of an instance that the stream of its session broke, if no other one goes on with the lease.
   * @returns what came of it; `lost`: the instance is not under the lease any more
   */
  async reportBroken(
    name: InstanceName,
    { lease, since }: Hold,
    report: SessionReport,
  ): Promise<'reported' | 'resumed' | 'lost'> {
    const key = sessionKey(lease);
    const ranges = [oneKey(instanceKey(name)), checksOfInstance(name), oneKey(key)];
    const read = (): Promise<Read> => readTogether(this.#txn.store, ranges, undefined);
    return this.#txn.untilUncontended(name, read, async (current) => {
      const heldSince = current.keyValues.find((keyValue) => keyValue.key === key)?.modRevision ?? revision(0);
      if (heldSince !== since) return 'resumed';
      if (find(current, name)?.lease !== lease) return 'lost';
      const check = { id: SESSION_CHECK, ...report };
      const done = await this.#reportHeld(current, name, lease, check, [isUnchanged(KEYSPACE, key, since)]);
      return done === undefined ? undefined : 'reported';
    });
  }

  /** A node of a session: it goes with the lease, and a session of the same host puts it back. */
  async putNode(node: Node, lease: LeaseId): Promise<void> {
    await this.#txn.txn([], [put(nodeKey(node.name), nodeValue(node), lease)]);
  }

  #attempt(name: InstanceName, attempt: (current: Read) => Promise<Revision | undefined>): Promise<Revision> {
    return this.#txn.untilUncontended(name, () => readInstanceKeys(this.#txn.store, name), attempt);
  }

  /** @param only also has to hold */
  async #reportHeld(
    current: Read,
    name: InstanceName,
    lease: LeaseId,
    check: Check,
    only: readonly Compare[] = [],
  ): Promise<Revision | undefined> {
    const key = checkKey(name, check.id);
    const before = current.keyValues.find((keyValue) => keyValue.key === key);
    if (before?.lease === lease && readCheck(before).status === check.status) return current.revision;
    const unchanged: Compare =
      before === undefined
        ? { keyspace: KEYSPACE, keys: { kind: 'one', key }, relation: 'equal', target: { kind: 'version', value: 0 } }
        : isUnchanged(KEYSPACE, key, before.modRevision);
    return this.#txn.commit([isHeldBy(name, lease), unchanged, ...only], [put(key, checkValue(check), lease)]);
  }
}

function find(current: Read, name: InstanceName): KeyValue | undefined {
  const key = instanceKey(name);
  return current.keyValues.find((keyValue) => keyValue.key === key);
}

function isSameOwner(a: Owner, b: Owner): boolean {
  return ownerName(a) === ownerName(b);
}
