import type { Keyspace } from './ids.ts';
import type { KeyspaceStatus } from './kv-store.ts';
import type { KeyspaceState } from './machine/keyspace-state.ts';

/** How large the keyspaces are now, and how far back they go. */
export function statusOf({
  user,
  catalog,
  system,
}: Readonly<Record<Keyspace, KeyspaceState>>): Readonly<Record<Keyspace, KeyspaceStatus>> {
  return { user: one(user), catalog: one(catalog), system: one(system) };
}

function one({ floor, keys, bytes }: KeyspaceState): KeyspaceStatus {
  return { oldest: floor, keys, bytes };
}
