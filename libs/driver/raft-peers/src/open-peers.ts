import type { PeersOptions } from './options.ts';
import type { Peers } from './peers.ts';

/** Opens nothing by itself: streams begin with `learn`. */
export function openPeers(options: PeersOptions): Peers {
  throw new Error(`not yet: ${options.name}`);
}
