import { credentials, type Client, type ServiceError } from '@grpc/grpc-js';
import { KVClient } from '@portolan/contracts/etcd/kv';
import { LeaseClient } from '@portolan/contracts/etcd/lease';
import { WatchClient } from '@portolan/contracts/etcd/watch';

/** Clients of grpc-js, which knows nothing of ours. Disposing closes them. */
export interface EtcdClients extends Disposable {
  readonly kv: KVClient;
  readonly lease: LeaseClient;
  readonly watch: WatchClient;
}

const MESSAGE_BYTES_MAX = 64 * 1_048_576;

export function connectEtcd(port: number): EtcdClients {
  const address = `127.0.0.1:${port}`;
  const options = { 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX };
  const kv = new KVClient(address, credentials.createInsecure(), options);
  const lease = new LeaseClient(address, credentials.createInsecure(), options);
  const watch = new WatchClient(address, credentials.createInsecure(), options);
  return {
    kv,
    lease,
    watch,
    [Symbol.dispose]: () => {
      kv.close();
      lease.close();
      watch.close();
    },
  };
}

type Callback<Response> = (error: ServiceError | null, response: Response) => void;
type UnaryCall<Request, Response> = (request: Request, callback: Callback<Response>) => unknown;

/** What a call came to: its answer, or code and text of its refusal; without what only one server can know. */
export function outcomeOf<Request, Response>(
  client: Client,
  call: UnaryCall<Request, Response>,
  request: Request,
): Promise<unknown> {
  return new Promise((resolve) => {
    call.call(client, request, (error, response) => {
      resolve(error === null ? comparable(response) : { code: error.code, details: error.details });
    });
  });
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
