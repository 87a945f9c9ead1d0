import type { Rng } from '@portolan/kernel';
import type { KvCluster } from '@portolan/kv/testing';
import type { MemberId } from '@portolan/raft';
import type { Envelope } from '@portolan/raft-driver/testing';
import type { History, KvInput, KvKeyValue, KvOutput, VirtualWorld } from '@portolan/virtual-world';
import type { Film } from '../film.ts';
import { oneOf } from '../one-of.ts';
import type { AlarmLedger } from './alarm-ledger.ts';
import type { Chronicle } from './chronicle.ts';
import type { ClientNetwork } from './client-network.ts';
import type { KvCoverage } from './coverage.ts';
import type { Evidence } from './evidence.ts';
import type { LeaseLedger } from './lease-ledger.ts';

/** What all clients of a world have in common. */
export interface Scene {
  readonly world: VirtualWorld<Envelope>;
  readonly rng: Rng;
  readonly cluster: KvCluster;
  readonly network: ClientNetwork;
  readonly history: History<KvInput, KvOutput>;
  readonly chronicle: Chronicle;
  readonly ledger: LeaseLedger;
  readonly alarms: AlarmLedger;
  readonly evidence: Evidence;
  readonly coverage: KvCoverage;
  readonly film: Film | undefined;
  /** Keys as somebody saw them last: what a compare may expect, so that some hold. */
  readonly seen: Map<string, KvKeyValue>;
  /** Leases as they were granted last, and their time to live: anybody may keep them alive. */
  readonly lent: Map<string, number>;
  /** A value that nobody else writes: who sees it knows whose write has happened. */
  readonly nextValue: () => string;
  /** Links are cut somewhere. */
  readonly isCut: () => boolean;
  /** A violation that `check` throws ends the world. */
  readonly check: (check: () => void) => void;
  /** Clients finish what they are about, and begin nothing more. */
  readonly isStopped: () => boolean;
}

export function sleep({ world }: Scene, ms: number): Promise<void> {
  return new Promise((resolve) => {
    world.clock.after(ms, resolve);
  });
}

/** One whose process runs; undefined: none does. */
export function anyMember({ cluster, rng }: Scene): MemberId | undefined {
  return oneOf(rng, [...cluster.raft.running.keys()]);
}
