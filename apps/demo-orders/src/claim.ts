import type { Principal } from '@portolan/kernel';
import {
  isAbsent,
  isUnchanged,
  oneKey,
  type Compare,
  type KeyValue,
  type KvStore,
  type LeaseId,
  type Operation,
  type Revision,
} from '@portolan/kv';
import { claimKey, encodeIntent, intentKey, placedKey, type Intent } from './stored.ts';

/** An instance that was killed blocks its order for so long. One that is slow loses its claim, and nothing else. */
export const CLAIM_TTL_SECONDS = 5;

/** The right of one instance to finish an order. Worth nothing once another has it: every write asks. */
export interface Claim {
  readonly intent: Intent;
  readonly lease: LeaseId;
  readonly revision: Revision;
}

interface ClaimOptions {
  readonly store: KvStore;
  readonly principal: Principal;
}

/**
 * Writes down the intent, and who finishes it.
 * @param stored the intent as it was seen; undefined when there was none
 * @returns undefined when another instance was faster
 */
export async function takeClaim(
  { store, principal }: ClaimOptions,
  intent: Intent,
  stored: KeyValue | undefined,
  signal: AbortSignal | undefined,
): Promise<Claim | undefined> {
  const { customer, idempotencyKey } = intent;
  const key = intentKey(customer, idempotencyKey);
  const { id: lease } = await store.grantLease({ principal, ttlSeconds: CLAIM_TTL_SECONDS }, signal);
  const compares = [
    stored === undefined ? isAbsent('user', key) : isUnchanged('user', key, stored.modRevision),
    isAbsent('user', claimKey(customer, idempotencyKey)),
    isAbsent('user', placedKey(customer, idempotencyKey)),
  ];
  const puts: Operation[] = [
    { kind: 'put', keyspace: 'user', key: claimKey(customer, idempotencyKey), value: new Uint8Array(), lease },
  ];
  if (stored === undefined) puts.push({ kind: 'put', keyspace: 'user', key, value: encodeIntent(intent) });
  const { succeeded, revision } = await store.txn({ principal, compares, success: puts }, signal);
  return succeeded ? { intent, lease, revision } : undefined;
}

/** Holds while the claim does, and what is claimed is not finished. */
export function isHeld({ intent: { customer, idempotencyKey }, revision }: Claim): Compare {
  return isUnchanged('user', claimKey(customer, idempotencyKey), revision);
}

/** What ends a claim together with its outcome. */
export function endOf({ intent: { customer, idempotencyKey } }: Claim): readonly Operation[] {
  return [intentKey(customer, idempotencyKey), claimKey(customer, idempotencyKey)].map((key) => ({
    kind: 'delete',
    keyspace: 'user',
    keys: oneKey(key),
  }));
}
