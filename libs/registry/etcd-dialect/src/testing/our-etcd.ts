import { byCertificate, createAccess, DEVELOPMENT_POLICY } from '@portolan/access';
import {
  createEmbeddedStore,
  createIncarnation,
  type Authorize,
  type AutoCompaction,
  type EmbeddedStore,
} from '@portolan/kv';
import type { Clock } from '@portolan/kernel';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import type { TlsIdentity } from '@portolan/rpc';
import { createTelemetry } from '@portolan/telemetry';
import { startEtcdServer } from '../etcd-server.ts';
import { membersOf } from './members-of.ts';

/** Our server over a store in this process, on a free port. */
export interface OurEtcd extends AsyncDisposable {
  readonly port: number;
  readonly store: EmbeddedStore;
}

const access = createAccess(DEVELOPMENT_POLICY);
/** As the registry has it: an operator may do all with users' keys, and only read the catalog's. */
const authorize: Authorize = (principal, action) => {
  if (action.kind === 'lease') access.check(principal, { verb: 'write', on: 'user' });
  else {
    const on = action.keyspace === 'catalog' ? 'catalog-keyspace' : action.keyspace;
    const verb = action.kind === 'compact' ? 'administer' : action.kind;
    access.check(principal, { verb, on });
  }
};

export interface OurEtcdOptions {
  /** As over a cluster of somebody else. */
  readonly admin?: 'none';
  readonly autoCompaction?: AutoCompaction | 'off';
  /** Of the server; the store keeps the system's. */
  readonly serverClock?: Clock;
  /** Over TLS, by certificates. */
  readonly tls?: TlsIdentity;
  readonly origins?: readonly string[];
}

export async function startOurEtcd({
  admin,
  autoCompaction,
  serverClock,
  tls,
  origins = [],
}: OurEtcdOptions = {}): Promise<OurEtcd> {
  const store = createEmbeddedStore({
    clock,
    rng,
    incarnation: createIncarnation(rng),
    authorize,
    ...(autoCompaction !== undefined && { autoCompaction }),
  });
  const telemetry = createTelemetry({ app: 'etcd-dialect-test', logLevel: 'error', logFormat: 'json', clock });
  const server = await startEtcdServer({
    bind: { host: '127.0.0.1', port: 0 },
    store,
    ...(admin !== 'none' && { cluster: membersOf(store), state: store.admin }),
    logger: telemetry.logger('etcd'),
    clock: serverClock ?? clock,
    rng,
    registry: telemetry.registry,
    origins,
    drainMs: 100,
    ...{ tls, identify: byCertificate },
  });
  return {
    port: server.port,
    store,
    [Symbol.asyncDispose]: async () => {
      await server.drain();
      await store[Symbol.asyncDispose]();
      await telemetry[Symbol.asyncDispose]();
    },
  };
}
