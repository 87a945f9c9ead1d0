import {
  isUnchanged,
  oneKey,
  revision,
  type Compare,
  type KeyValue,
  type LeaseId,
  type Operation,
  type PutOperation,
} from '@portolan/kv';
import type { InstanceName } from './catalog.ts';
import { checkKey, checksOfInstance, instanceKey } from './keys.ts';
import type { Check, Owner, Registration } from './model.ts';
import { KEYSPACE, type Read } from './store-access.ts';
import { checkValue, instanceValue, readCheck } from './stored-values.ts';

export interface Wanted {
  readonly registration: Registration;
  readonly owner: Owner;
  readonly checks: readonly Check[];
}

export interface Plan {
  readonly compares: readonly Compare[];
  /** Empty: it is so already. */
  readonly operations: readonly Operation[];
}

export const nameOf = ({ service, id }: Registration): InstanceName => ({ service, instanceId: id });
export const leaseOf = (owner: Owner): LeaseId | undefined => (owner.kind === 'lease' ? owner.id : undefined);

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

/**
 * What turns the keys of an instance, as they were read, into what is wanted: checks that are not named go. A check whose
 * status is the same stays as it is.
 */
export function planRegistration(current: Read, wanted: Wanted): Plan {
  const name = nameOf(wanted.registration);
  const lease = leaseOf(wanted.owner);
  const stored = new Map(current.keyValues.map((keyValue) => [keyValue.key, keyValue]));
  const operations: Operation[] = [];

  const key = instanceKey(name);
  const value = instanceValue(wanted.registration, wanted.owner);
  const before = stored.get(key);
  stored.delete(key);
  if (before === undefined || before.lease !== lease || !isSame(before, value)) operations.push(put(key, value, lease));

  for (const check of wanted.checks) {
    const keyOfCheck = checkKey(name, check.id);
    const known = stored.get(keyOfCheck);
    stored.delete(keyOfCheck);
    const stays = known !== undefined && known.lease === lease && readCheck(known).status === check.status;
    if (!stays) operations.push(put(keyOfCheck, checkValue(check), lease));
  }
  for (const left of stored.keys()) operations.push({ kind: 'delete', keyspace: KEYSPACE, keys: oneKey(left) });
  return { compares: asItWasRead(name, before, current), operations };
}

/** Holds while neither the instance nor any of its checks has been written since `read`. */
function asItWasRead(name: InstanceName, before: KeyValue | undefined, read: Read): readonly Compare[] {
  return [
    isUnchanged(KEYSPACE, instanceKey(name), before?.modRevision ?? revision(0)),
    {
      keyspace: KEYSPACE,
      keys: checksOfInstance(name),
      relation: 'less',
      target: { kind: 'mod', value: revision(read.revision + 1) },
    },
  ];
}

/** Holds while the instance is under this lease: nobody has taken it over. */
export function isHeldBy(name: InstanceName, lease: LeaseId): Compare {
  return {
    keyspace: KEYSPACE,
    keys: oneKey(instanceKey(name)),
    relation: 'equal',
    target: { kind: 'lease', value: lease },
  };
}

export function put(key: PutOperation['key'], value: Uint8Array, lease: LeaseId | undefined): PutOperation {
  return { kind: 'put', keyspace: KEYSPACE, key, value, ...(lease === undefined ? {} : { lease }) };
}

/** Removes the instance and its checks. */
export function removal(name: InstanceName): readonly Operation[] {
  return [
    { kind: 'delete', keyspace: KEYSPACE, keys: oneKey(instanceKey(name)) },
    { kind: 'delete', keyspace: KEYSPACE, keys: checksOfInstance(name) },
  ];
}

function isSame(before: KeyValue, value: Uint8Array): boolean {
  return Buffer.compare(before.value, value) === 0;
}
