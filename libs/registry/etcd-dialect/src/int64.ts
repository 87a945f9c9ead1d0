import { revision, type Revision } from '@portolan/kv';

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** Clients may send any 64 bits. What is past every revision and version there will be stays past them. */
export function clampedNumber(value: bigint): number {
  if (value > SAFE_MAX) return Number.MAX_SAFE_INTEGER;
  return value < -SAFE_MAX ? -Number.MAX_SAFE_INTEGER : Number(value);
}

/** @param value not negative */
export function clampedRevision(value: bigint): Revision {
  return revision(clampedNumber(value));
}
