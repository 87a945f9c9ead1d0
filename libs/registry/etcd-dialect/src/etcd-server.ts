import { startFastServer } from '@portolan/grpc';
import type { Clock, Principal, Rng } from '@portolan/kernel';
import type { ClusterAdmin, KvStore, StoreAdmin } from '@portolan/kv';
import type { Identify, RpcServer, TlsIdentity } from '@portolan/rpc';
import type { Logger, Registry } from '@portolan/telemetry';
import { servicesByPrincipal } from './by-principal.ts';
import { Waiters } from './concurrency/waiters.ts';
import { DIALECT } from './dialect-scope.ts';
import { etcdServices } from './etcd-services.ts';
import { gatewayProtocol } from './gateway/gateway-protocol.ts';

export interface EtcdServerOptions {
  /** An address of this host; port 0 is any free one. etcd's own is 2379. */
  readonly bind: { readonly host: string; readonly port: number };
  readonly store: KvStore;
  /** undefined: what administers the members is refused, with the reason. */
  readonly cluster?: ClusterAdmin;
  /** undefined: so are alarms, hashes and backups. */
  readonly state?: StoreAdmin;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly drainMs: number;
  readonly tls?: TlsIdentity | undefined;
  /** Who asks, by the certificate of a client. Without it, and without `tls`, all are one operator. */
  readonly identify?: Identify | undefined;
  readonly registry?: Registry;
  /** Whose pages in a browser may use the JSON gateway: `https://console.example`, or `*`. Default: nobody's. */
  readonly origins?: readonly string[];
}

/** etcd's bound of what a message may be: of a request 1.5 MiB, and half a MiB for what is around it. */
const REQUEST_BYTES_MAX = 2 * 1_048_576;
/** A read of a range without a limit comes in one answer. Larger: more than one connection may hold anyway. */
const RESPONSE_BYTES_MAX = 64 * 1_048_576;
/** A client that watches and takes nothing is ended after so long: it reads on from where it was, or reads again. */
const WATCH_STALL_MS = 120_000;

/** etcd's clients do not say who they are. An operator may do all with users' keys, and not write others. */
const ETCD_CLIENT: Principal = { kind: 'operator', name: 'etcd-client' };

/**
 * The store on etcd's API: gRPC and its JSON gateway on one port.
 * @throws RpcBindError when the port is taken or the address is not of this host
 */
export async function startEtcdServer(options: EtcdServerOptions): Promise<RpcServer> {
  const { bind, store, cluster, state, logger, clock, rng, drainMs, tls, registry, origins = [] } = options;
  const identify = tls && options.identify;
  const scope = { store, cluster, state, isSecure: tls !== undefined, waiters: new Waiters(), clock, rng };
  const services =
    identify === undefined
      ? etcdServices({ ...scope, principal: ETCD_CLIENT, administrator: DIALECT })
      : servicesByPrincipal(scope, etcdServices);
  const draining = new AbortController();
  const server = await startFastServer({
    bind,
    services,
    logger,
    drainMs,
    tls,
    identify,
    clock,
    http1: gatewayProtocol({ services, store, clock, logger, draining: draining.signal, registry, identify, origins }),
    limits: { messageBytes: REQUEST_BYTES_MAX },
    responseBytesMax: RESPONSE_BYTES_MAX,
    streamStallMs: WATCH_STALL_MS,
    ...(registry !== undefined && { registry }),
  });
  const drain = (): Promise<void> => {
    draining.abort();
    return server.drain();
  };
  return {
    port: server.port,
    setServing: (service, serving) => {
      server.setServing(service, serving);
    },
    drain,
    [Symbol.asyncDispose]: drain,
  };
}
