import { credentials, Metadata, type Client, type ClientUnaryCall, type ServiceError } from '@grpc/grpc-js';
import { ClusterClient } from '@portolan/contracts/etcd/cluster';
import { ElectionClient } from '@portolan/contracts/etcd/election';
import { KVClient } from '@portolan/contracts/etcd/kv';
import { LeaseClient } from '@portolan/contracts/etcd/lease';
import { LockClient } from '@portolan/contracts/etcd/lock';
import { MaintenanceClient } from '@portolan/contracts/etcd/maintenance';
import { WatchClient } from '@portolan/contracts/etcd/watch';

/** Clients of grpc-js, which knows nothing of ours. Disposing closes them. */
export interface EtcdClients extends Disposable {
  readonly kv: KVClient;
  readonly lease: LeaseClient;
  readonly watch: WatchClient;
  readonly lock: LockClient;
  readonly election: ElectionClient;
  readonly cluster: ClusterClient;
  readonly maintenance: MaintenanceClient;
}

const MESSAGE_BYTES_MAX = 64 * 1_048_576;
/** Each client has a connection, or all that are asked for one address have one. */
const OPTIONS = { 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, 'grpc.use_local_subchannel_pool': 1 };

export function connectEtcd(port: number): EtcdClients {
  const [address, insecure] = [`127.0.0.1:${port}`, credentials.createInsecure()];
  const clients = {
    kv: new KVClient(address, insecure, OPTIONS),
    lease: new LeaseClient(address, insecure, OPTIONS),
    watch: new WatchClient(address, insecure, OPTIONS),
    lock: new LockClient(address, insecure, OPTIONS),
    election: new ElectionClient(address, insecure, OPTIONS),
    cluster: new ClusterClient(address, insecure, OPTIONS),
    maintenance: new MaintenanceClient(address, insecure, OPTIONS),
  };
  return {
    ...clients,
    [Symbol.dispose]: () => {
      for (const client of Object.values(clients)) client.close();
    },
  };
}

type Callback<Response> = (error: ServiceError | null, response: Response) => void;
type UnaryCall<Request, Response> = (
  request: Request,
  metadata: Metadata,
  callback: Callback<Response>,
) => ClientUnaryCall;

/** A call that takes as long as it likes. */
export interface OpenCall {
  readonly outcome: Promise<unknown>;
  /** As a client that does not want the answer any more. */
  cancel(): void;
}

export function beginCall<Request, Response>(
  client: Client,
  call: UnaryCall<Request, Response>,
  request: Request,
  metadata = new Metadata(),
): OpenCall {
  const { promise: outcome, resolve } = Promise.withResolvers<unknown>();
  const open = call.call(client, request, metadata, (error, response) => {
    resolve(error === null ? comparable(response) : { code: error.code, details: error.details });
  });
  return {
    outcome,
    cancel: () => {
      open.cancel();
    },
  };
}

/** What a call came to: its answer, or code and text of its refusal; without what only one server can know. */
export function outcomeOf<Request, Response>(
  client: Client,
  call: UnaryCall<Request, Response>,
  request: Request,
  metadata = new Metadata(),
): Promise<unknown> {
  return beginCall(client, call, request, metadata).outcome;
}

/** Bytes as text, and headers without the ids of who answers. */
export function comparable(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? Number(value) : value;
  const entries: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(
    entries
      .filter(([name]) => !['clusterId', 'memberId', 'raftTerm'].includes(name))
      .map(([name, field]) => [name, comparable(field)]),
  );
}
