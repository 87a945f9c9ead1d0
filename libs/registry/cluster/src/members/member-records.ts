import {
  isUnchanged,
  keyOf,
  keysWithPrefix,
  keyToText,
  oneKey,
  revision,
  type Key,
  type KeyValue,
  type KvStore,
  type Revision,
} from '@portolan/kv';
import { z } from 'zod';
import { CLUSTER_PRINCIPAL as principal } from '../cluster-principal.ts';
import { formatId, hexId } from '../folder/member-file.ts';

const KEYSPACE = 'system';
const MEMBERS = 'cluster/members/';
const REMOVED = 'cluster/removed/';

/** All that members keep of each other in the store. */
export const CLUSTER_KEYS = keysWithPrefix(keyOf('cluster/'));

const RecordValue = z.object({
  name: z.string(),
  peerAddresses: z.array(z.string()),
  clientAddresses: z.array(z.string()),
  /** Absent of one that an older version has written. */
  etcdUrls: z.array(z.string()).default([]),
  /** Absent of one that was reserved, and whose process has not been started yet. */
  nonce: hexId.optional(),
  promote: z.boolean(),
});

/** What is kept of a member. Who votes is not in here: that the log says. */
export interface MemberRecord {
  readonly id: bigint;
  readonly name: string;
  readonly peerAddresses: readonly string[];
  readonly clientAddresses: readonly string[];
  readonly etcdUrls: readonly string[];
  /** Of the data folder of its process. */
  readonly nonce: bigint | undefined;
  /** It gets its vote by itself, as soon as it has caught up. */
  readonly promote: boolean;
}

export interface KnownRecords {
  readonly members: ReadonlyMap<bigint, MemberRecord>;
  /** Ids that never come back. */
  readonly removed: ReadonlySet<bigint>;
}

/** What is kept of members, in the `system` keyspace. */
export class MemberRecords {
  readonly #store: KvStore;

  constructor(store: KvStore) {
    this.#store = store;
  }

  /** @param serializable what is here, at once */
  async read(serializable: boolean): Promise<KnownRecords> {
    const { keyValues } = await this.#store.range({ principal, keyspace: KEYSPACE, keys: CLUSTER_KEYS, serializable });
    const members = new Map<bigint, MemberRecord>();
    const removed = new Set<bigint>();
    for (const keyValue of keyValues) {
      const name = keyToText(keyValue.key);
      if (name.startsWith(REMOVED)) removed.add(BigInt(`0x${name.slice(REMOVED.length)}`));
      if (!name.startsWith(MEMBERS)) continue;
      const record = recordOf(keyValue, name);
      members.set(record.id, record);
    }
    return { members, removed };
  }

  /** Writes what is not so already. A member that was removed stays so. @returns whether it is so now */
  put(record: MemberRecord): Promise<boolean> {
    return this.#write(record, () => true);
  }

  /** The same for a process that takes what is reserved: of two, one does. @returns whether it is this one */
  claim(record: MemberRecord): Promise<boolean> {
    return this.#write(record, ({ nonce }) => nonce === undefined || nonce === record.nonce);
  }

  async #write(record: MemberRecord, mayReplace: (before: MemberRecord) => boolean): Promise<boolean> {
    const key = memberKey(record.id);
    const value = valueOf(record);
    const { keyValues } = await this.#store.range({ principal, keyspace: KEYSPACE, keys: oneKey(key) });
    const [before] = keyValues;
    if (before !== undefined && Buffer.compare(before.value, value) === 0) return true;
    if (before !== undefined && !mayReplace(recordOf(before, keyToText(before.key)))) return false;
    const unchanged = isUnchanged(KEYSPACE, key, before?.modRevision ?? NEVER);
    const { succeeded } = await this.#store.txn({
      principal,
      compares: [unchanged, isUnchanged(KEYSPACE, removedKey(record.id), NEVER)],
      success: [{ kind: 'put', keyspace: KEYSPACE, key, value }],
    });
    return succeeded;
  }

  /** For ever. */
  async remove(id: bigint, name: string): Promise<void> {
    await this.#store.txn({
      principal,
      success: [
        { kind: 'delete', keyspace: KEYSPACE, keys: oneKey(memberKey(id)) },
        { kind: 'put', keyspace: KEYSPACE, key: removedKey(id), value: Buffer.from(JSON.stringify({ name })) },
      ],
    });
  }

  /** Resolves when everything that stands in the log before this call is decided. */
  async settle(): Promise<void> {
    await this.#store.txn({ principal, success: [] });
  }
}

const NEVER: Revision = revision(0);
const memberKey = (id: bigint): Key => keyOf(`${MEMBERS}${formatId(id)}`);
const removedKey = (id: bigint): Key => keyOf(`${REMOVED}${formatId(id)}`);

function recordOf({ value }: KeyValue, name: string): MemberRecord {
  const { nonce, ...rest } = RecordValue.parse(JSON.parse(Buffer.from(value).toString()));
  return { ...rest, nonce, id: BigInt(`0x${name.slice(MEMBERS.length)}`) };
}

function valueOf({ name, peerAddresses, clientAddresses, etcdUrls, nonce, promote }: MemberRecord): Buffer {
  const folder = nonce === undefined ? {} : { nonce: formatId(nonce) };
  return Buffer.from(JSON.stringify({ name, peerAddresses, clientAddresses, etcdUrls, promote, ...folder }));
}
