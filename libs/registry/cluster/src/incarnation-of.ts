import { createHash } from 'node:crypto';
import { incarnation, type Incarnation } from '@portolan/kv';
import type { Membership } from './folder/member-file.ts';

/** The same on every member, and after every restart; another one when a cluster was restored, or forced to be a new one. */
export function incarnationOf({ clusterId, generation }: Pick<Membership, 'clusterId' | 'generation'>): Incarnation {
  const digest = createHash('sha256')
    .update(`${clusterId.toString(16)}/${generation}`)
    .digest('hex');
  return incarnation(digest.slice(0, 16));
}
