import { PortolanError } from '@portolan/kernel';
import {
  isAbsent,
  isUnchanged,
  oneKey,
  revision,
  type Compare,
  type KeyValue,
  type LeaseId,
  type Revision,
} from '@portolan/kv';
import type { CatalogTxn } from './catalog-txn.ts';
import { NODE_CHECK, type HostClaim, type InstanceName } from './catalog.ts';
import {
  HostTakenError,
  InstanceEvictedError,
  InstanceNotFoundError,
  InstanceTakenError,
  SessionEndedError,
  TooManyChecksError,
} from './errors.ts';
import { checkKey, checksOfInstance, evictionKey, hostKey, instanceKey, nodeKey } from './keys.ts';
import { CHECKS_MAX, WRITE_ATTEMPTS_MAX } from './limits.ts';
import type { Check, NodeName, Owner } from './model.ts';
import { nameOf, ownerName, planRegistration, put, removal, type Wanted } from './plan-registration.ts';
import { CATALOG_PRINCIPAL, KEYSPACE, readTogether, type Read } from './store-access.ts';
import { checkValue, hostValue, nodeValue, readCheck, readEviction, readHost, readInstance } from './stored-values.ts';

/** An instance as a host finds it. */
interface FoundByHost {
  /** The instance and its checks. */
  readonly current: Read;
  readonly instance: KeyValue | undefined;
  readonly host: KeyValue | undefined;
  readonly eviction: KeyValue | undefined;
}

/** The writes of agents. Each holds only while the session that makes it speaks for the host. */
export class HostWriter {
  readonly #txn: CatalogTxn;

  constructor(txn: CatalogTxn) {
    this.#txn = txn;
  }

  /** From now on the session with this lease speaks for the host, and none before it. @throws HostTakenError */
  async claim({ node, agentId }: HostClaim, lease: LeaseId): Promise<void> {
    const key = hostKey(node.name);
    for (let attempts = 0; attempts < WRITE_ATTEMPTS_MAX; attempts += 1) {
      const { keyValues } = await readTogether(this.#txn.store, [oneKey(key)], undefined);
      const [before] = keyValues;
      if (before !== undefined) {
        const other = readHost(before);
        if (other !== agentId) throw new HostTakenError(node.name, other);
      }
      const unchanged = isUnchanged(KEYSPACE, key, before?.modRevision ?? revision(0));
      const claims = [put(key, hostValue(agentId), lease), put(nodeKey(node.name), nodeValue(node), lease)];
      if ((await this.#txn.commit([unchanged], claims)) === undefined) continue;
      // Of the same agent before its restart: nobody renews it any more, and nothing is under it.
      if (before?.lease !== undefined) {
        await this.#release(before.lease);
      }
      return;
    }
    throw new HostTakenError(node.name, agentId);
  }

  /** @param mayReplace asked when it belongs to somebody else; throws when it may not be taken over */
  async register(
    wanted: Wanted,
    node: NodeName,
    lease: LeaseId,
    mayReplace: (owner: Owner) => void,
  ): Promise<Revision> {
    const name = nameOf(wanted.registration);
    return this.#asHost(name, node, lease, async ({ current, instance, eviction }, held) => {
      if (eviction !== undefined) throw new InstanceEvictedError(name, readEviction(eviction).principal);
      if (instance !== undefined && !isOwnedBy(instance, node)) mayReplace(readInstance(instance).owner);
      const { compares, operations } = planRegistration(current, wanted);
      if (operations.length === 0) return current.revision;
      return this.#txn.commit([held, isAbsent(KEYSPACE, evictionKey(name)), ...compares], operations);
    });
  }

  /** What is gone, or somebody else's by now, stays as it is. */
  async remove(name: InstanceName, node: NodeName, lease: LeaseId): Promise<Revision> {
    return this.#asHost(name, node, lease, async ({ current, instance }, held) => {
      if (instance === undefined || !isOwnedBy(instance, node)) return current.revision;
      return this.#txn.commit([held, isStill(instance)], removal(name));
    });
  }

  /** Writes a transition. @throws InstanceNotFoundError, InstanceTakenError, TooManyChecksError */
  async report(name: InstanceName, node: NodeName, lease: LeaseId, check: Check): Promise<Revision> {
    return this.#asHost(name, node, lease, async ({ current, instance }, held) => {
      if (instance === undefined) throw new InstanceNotFoundError(name);
      if (!isOwnedBy(instance, node)) throw new InstanceTakenError(name, ownerName(readInstance(instance).owner));
      const key = checkKey(name, check.id);
      const others = current.keyValues.filter(
        (one) => ![instance.key, checkKey(name, NODE_CHECK), key].includes(one.key),
      );
      if (others.length >= CHECKS_MAX) throw new TooManyChecksError(name, CHECKS_MAX);
      const before = current.keyValues.find((one) => one.key === key);
      if (before !== undefined && readCheck(before).status === check.status) return current.revision;
      return this.#txn.commit([held, isStill(instance)], [put(key, checkValue(check), undefined)]);
    });
  }

  async forgetEviction(name: InstanceName, node: NodeName, lease: LeaseId): Promise<Revision> {
    return this.#asHost(name, node, lease, async ({ current, eviction }, held) => {
      if (eviction?.lease === undefined || readEviction(eviction).node !== node) return current.revision;
      const done = await this.#txn.commit(
        [held, isStill(eviction)],
        [{ kind: 'delete', keyspace: KEYSPACE, keys: oneKey(eviction.key) }],
      );
      if (done !== undefined) {
        await this.#release(eviction.lease);
      }
      return done;
    });
  }

  /** Says of an instance that its host is not there, if it still is not. */
  async hostIsAway(name: InstanceName, node: NodeName, check: Check): Promise<Revision> {
    return this.#whileAway(name, node, async ({ current, instance }, away) => {
      const key = checkKey(name, NODE_CHECK);
      const before = current.keyValues.find((one) => one.key === key);
      if (instance === undefined || (before !== undefined && readCheck(before).status === check.status)) {
        return current.revision;
      }
      // Each node of the registry sees it: the first one says so, and since when.
      const unsaid = isUnchanged(KEYSPACE, key, before?.modRevision ?? revision(0));
      return this.#txn.commit([away, isStill(instance), unsaid], [put(key, checkValue(check), undefined)]);
    });
  }

  /** Removes what a dead host left, if it is still dead. */
  async reap(name: InstanceName, node: NodeName): Promise<Revision> {
    return this.#whileAway(name, node, async ({ current, instance }, away) => {
      if (instance === undefined) return current.revision;
      return this.#txn.commit([away, isStill(instance)], removal(name));
    });
  }

  /** Of a lease with nothing under it: where this fails, it ends by itself. */
  async #release(id: LeaseId): Promise<void> {
    try {
      await this.#txn.store.revokeLease({ principal: CATALOG_PRINCIPAL, id });
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
    }
  }

  #asHost(
    name: InstanceName,
    node: NodeName,
    lease: LeaseId,
    attempt: (found: FoundByHost, held: Compare) => Promise<Revision | undefined>,
  ): Promise<Revision> {
    const held: Compare = {
      keyspace: KEYSPACE,
      keys: oneKey(hostKey(node)),
      relation: 'equal',
      target: { kind: 'lease', value: lease },
    };
    return this.#attempt(name, node, async (found) => {
      if (found.host?.lease !== lease) throw new SessionEndedError(lease, `it no longer speaks for ${node}`);
      return attempt(found, held);
    });
  }

  /** What is not the host's any more, or has its agent back, stays as it is. */
  #whileAway(
    name: InstanceName,
    node: NodeName,
    attempt: (found: FoundByHost, away: Compare) => Promise<Revision | undefined>,
  ): Promise<Revision> {
    return this.#attempt(name, node, async (found) => {
      if (found.host !== undefined) return found.current.revision;
      if (found.instance !== undefined && !isOwnedBy(found.instance, node)) return found.current.revision;
      return attempt(found, isAbsent(KEYSPACE, hostKey(node)));
    });
  }

  #attempt(
    name: InstanceName,
    node: NodeName,
    attempt: (found: FoundByHost) => Promise<Revision | undefined>,
  ): Promise<Revision> {
    return this.#txn.untilUncontended(name, () => this.#find(name, node), attempt);
  }

  async #find(name: InstanceName, node: NodeName): Promise<FoundByHost> {
    const instance = instanceKey(name);
    const host = hostKey(node);
    const eviction = evictionKey(name);
    const ranges = [oneKey(instance), checksOfInstance(name), oneKey(host), oneKey(eviction)];
    const { keyValues, ...header } = await readTogether(this.#txn.store, ranges, undefined);
    const find = (key: string): KeyValue | undefined => keyValues.find((one) => one.key === key);
    return {
      current: { ...header, keyValues: keyValues.filter(({ key }) => key !== host && key !== eviction) },
      instance: find(instance),
      host: find(host),
      eviction: find(eviction),
    };
  }
}

function isOwnedBy(instance: KeyValue, node: NodeName): boolean {
  const { owner } = readInstance(instance);
  return owner.kind === 'agent' && owner.node === node;
}

const isStill = ({ key, modRevision }: KeyValue): Compare => isUnchanged(KEYSPACE, key, modRevision);
