import { CompactionClient } from './compaction-client.ts';
import { IdempotentClient } from './idempotent-client.ts';
import { LeaseClient } from './lease-client.ts';
import { PlainClient } from './plain-client.ts';
import type { Scene } from './scene.ts';
import { WatchClient } from './watch-client.ts';

/** Few enough that what they saw can be explained, or not, within seconds. */
const CLIENTS = { plain: 3, idempotent: 2, leases: 2, watches: 4 };

/** @returns those that watch */
export function startClients(
  scene: Scene,
  { isCompacting }: { readonly isCompacting: boolean },
): readonly WatchClient[] {
  const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
  const shown = new Map<string, number>();
  for (const number of numbers(CLIENTS.plain)) new PlainClient(scene, `c${number}`, shown);
  for (const number of numbers(CLIENTS.idempotent)) new IdempotentClient(scene, `s${number}`, BigInt(number));
  for (const number of numbers(CLIENTS.leases)) new LeaseClient(scene, `l${number}`, number);
  if (isCompacting) new CompactionClient(scene, 'compactor');
  return numbers(CLIENTS.watches).map((number) => new WatchClient(scene, `w${number}`));
}
