import type { Access } from '@portolan/access';
import type { ClientAddresses, Member } from '@portolan/cluster';
import type { ConfigOf } from '@portolan/config';
import type { ClusterAdmin, KvStore, StoreAdmin } from '@portolan/kv';
import type { BoundService, TlsIdentity } from '@portolan/rpc';
import type { Life } from '@portolan/runtime';
import type { OpsServer, Telemetry } from '@portolan/telemetry';
import type { registryConfig } from './config.ts';

export interface StoreHomeOptions {
  readonly life: Life;
  readonly config: ConfigOf<typeof registryConfig>;
  readonly telemetry: Telemetry;
  readonly access: Access;
  readonly tls: TlsIdentity | undefined;
  /** Under which others reach this process. */
  readonly address: string;
}

/** Where this registry keeps what it knows: its store, and what there is beside it. */
export interface StoreHome {
  /** What it is called. */
  readonly instance: string;
  readonly store: KvStore;
  /** In a cluster of our own; undefined on somebody else's. */
  readonly member: Member | undefined;
  /** What administers the members, and the state of this one; neither on somebody else's cluster. */
  readonly admin: { readonly cluster?: ClusterAdmin; readonly state?: StoreAdmin };
  /** For the port that people use, beside what is the same wherever the store is. */
  readonly services: readonly BoundService[];
  readonly ops: OpsServer;
  /** Where clients reach this registry: for those that ask another one. */
  announce(addresses: ClientAddresses, signal: AbortSignal): Promise<void>;
}
