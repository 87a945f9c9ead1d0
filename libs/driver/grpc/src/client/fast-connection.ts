import { Http2Pool, type Http2Handler, type RoomWaiter } from '@portolan/http';
import { abortable, ANONYMOUS, type Principal } from '@portolan/kernel';
import {
  cancellationOf,
  type CallOptions,
  type Connection,
  type ConnectOptions,
  type MethodDefinition,
  type RpcLimits,
  type TlsIdentity,
} from '@portolan/rpc';
import {
  callMetrics,
  checkMetadataBytes,
  closedError,
  deadlineOf,
  decodeResponse,
  DEFAULT_KEEPALIVE,
  DEFAULT_LIMITS,
  encodeRequest,
  grpcStatusName,
  notConnectedError,
  notSent,
  outgoingFields,
  serverCheck,
  type CallMetrics,
} from '@portolan/rpc/serving';
import { systemClock as clock } from '@portolan/runtime';
import { CallBook } from '../call-book.ts';
import { ACCEPTED_ENCODINGS } from '../wire/compression.ts';
import { bytesOf } from '../wire/metadata.ts';
import { ClientCall, type CallTerms, type ClientScope } from './client-call.ts';
import { StreamingCall } from './streaming-call.ts';
import { UnaryCall } from './unary-call.ts';

/**
 * A connection as `connect` of `@portolan/rpc` gives it, on our own HTTP/2: for the long streams between our own processes.
 * @param address `host:port`
 */
export function connectFast(address: string, options: ConnectOptions = {}): Connection {
  return new FastConnection(address, options);
}

class FastConnection implements Connection {
  readonly address: string;
  readonly #pool: Http2Pool<ClientCall>;
  readonly #scope: ClientScope;
  readonly #principal: Principal;
  readonly #limits: RpcLimits;
  readonly #metrics: CallMetrics | undefined;
  #closed = false;

  constructor(address: string, options: ConnectOptions) {
    this.address = address;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#principal = options.principal ?? ANONYMOUS;
    this.#metrics = options.registry === undefined ? undefined : callMetrics('client', options.registry);
    const { intervalMs, timeoutMs } = { ...DEFAULT_KEEPALIVE, ...options.keepalive };
    const fieldSectionBytes = Math.max(65_536, this.#limits.metadataBytes * 4);
    this.#pool = new Http2Pool({
      ...hostOf(address),
      tls: tlsOptions(options.tls),
      handler: HANDLER,
      keepAlive: { intervalMs, timeoutMs },
      limits: {
        concurrentStreams: this.#limits.concurrentStreams,
        fieldSectionBytes,
        headerBlockBytes: fieldSectionBytes,
      },
      clock,
    });
    this.#scope = {
      address,
      clock,
      limits: this.#limits,
      pool: this.#pool,
      book: new CallBook(clock),
      head: headOf(address, options.tls),
      isClosed: () => this.#closed,
    };
  }

  async ready(signal: AbortSignal): Promise<void> {
    if (this.#closed) throw closedError(this.address);
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const waiter: RoomWaiter<ClientCall> = {
      onRoom: () => {
        resolve(undefined);
      },
      onNoRoom: (error) => {
        reject(notConnectedError(this.address, error));
      },
    };
    this.#pool.wait(waiter);
    try {
      await abortable(promise, signal);
    } finally {
      this.#pool.forget(waiter);
    }
  }

  async unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Response> {
    const bytes = encodeRequest(method, request, this.#limits);
    const terms = this.#terms(method, options);
    const user = new UnaryCall(method.path, bytes, options.onHeaders, this.#counted(method));
    const detach = this.#begin(new ClientCall(this.#scope, terms, user), options.signal);
    try {
      return decodeResponse(method, await user.answer, this.address);
    } finally {
      detach();
    }
  }

  stream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    requests: AsyncIterable<Request>,
    options: CallOptions = {},
  ): AsyncIterable<Response> {
    let detach = (): void => undefined;
    let counted: (status: number) => void = NOT_COUNTED;
    return new StreamingCall<Request, Response>(
      {
        method,
        address: this.address,
        messageBytesMax: this.#limits,
        options,
        open: (user) => {
          const call = new ClientCall(this.#scope, this.#terms(method, options), user);
          counted = this.#counted(method);
          detach = this.#begin(call, options.signal);
          // It may have failed at once, before there was anything to detach.
          if (call.hasEnded) detach();
          return call;
        },
        ended: (status) => {
          detach();
          counted(status);
        },
      },
      requests,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const call of this.#scope.book.all()) call.cancel(closedError(this.address));
    this.#scope.book.dispose();
    this.#pool.drain();
  }

  /** @throws RpcError before anything is sent */
  #terms(method: MethodDefinition, options: CallOptions): CallTerms {
    if (this.#closed) throw closedError(this.address);
    if (options.signal?.aborted === true) throw cancellationOf(options.signal.reason, false);
    const epoch = clock.epoch();
    const deadline = deadlineOf(options, epoch);
    const metadata = outgoingFields(options.principal ?? this.#principal, options.headers);
    if (metadata.length > 0) {
      notSent(() => {
        checkMetadataBytes(bytesOf(metadata), this.#limits);
      });
    }
    const deadlineAt = deadline === Infinity ? Infinity : clock.now() + (deadline - epoch);
    return { path: method.path, metadata, deadlineAt };
  }

  /** Starts a call and ties it to the caller's signal. The result unties it. */
  #begin(call: ClientCall, signal: AbortSignal | undefined): () => void {
    if (signal === undefined) {
      call.start();
      return NOTHING_TO_DETACH;
    }
    const cancel = (): void => {
      call.cancel(cancellationOf(signal.reason, call.isSent));
    };
    signal.addEventListener('abort', cancel, { once: true });
    call.start();
    return () => {
      signal.removeEventListener('abort', cancel);
    };
  }

  #counted(method: MethodDefinition): (status: number) => void {
    const metrics = this.#metrics;
    if (metrics === undefined) return NOT_COUNTED;
    const begunAt = clock.now();
    const counted = metrics.begin(method.path);
    return (status) => {
      counted.end(grpcStatusName(status), clock.now() - begunAt);
    };
  }
}

const NOTHING_TO_DETACH = (): void => undefined;
const NOT_COUNTED = (): void => undefined;

const HANDLER: Http2Handler<ClientCall> = {
  onHead: (_wire, _stream, head, endStream, call) => {
    if (call === undefined) throw new TypeError('a response belongs to a request');
    call.onHead(head, endStream);
    return call;
  },
  onData: (call, _stream, bytes, start, end) => {
    call.onData(bytes, start, end);
  },
  onEnd: (call, _stream, trailers) => {
    call.onEnd(trailers);
  },
  onWritable: (call) => {
    call.onWritable();
  },
  onClose: (call, _stream, code, isUnprocessed) => {
    call.onClose(code, isUnprocessed);
  },
};

function hostOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}

function headOf(address: string, tls: TlsIdentity | undefined): readonly string[] {
  return [
    ...[':method', 'POST', ':scheme', tls === undefined ? 'http' : 'https', ':authority', address],
    ...['te', 'trailers', 'content-type', 'application/grpc', 'grpc-accept-encoding', ACCEPTED_ENCODINGS],
  ];
}

function tlsOptions(tls: TlsIdentity | undefined): object | undefined {
  if (tls === undefined) return undefined;
  const { ca, cert, key } = tls;
  return { ca, cert, key, checkServerIdentity: serverCheck(tls), minVersion: 'TLSv1.2' };
}
