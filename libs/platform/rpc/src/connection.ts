import {
  Client,
  status as grpcStatus,
  type ClientDuplexStream,
  type ClientUnaryCall,
  type Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { ANONYMOUS, type EpochMillis, type Principal } from '@portolan/kernel';
import { systemClock } from '@portolan/runtime';
import type { Registry } from '@portolan/telemetry';
import { outgoingMetadata, readHeader } from './call-metadata.ts';
import type { CallOptions } from './call.ts';
import type { RpcChannel } from './channel.ts';
import { watchConnectivity, type Connectivity } from './connectivity.ts';
import { errorOfStatus } from './error-trailer.ts';
import { channelOptions, DEFAULT_KEEPALIVE, type Keepalive } from './grpc-options.ts';
import { checkMessage, checkMetadata, DEFAULT_LIMITS, LimitExceededError, type RpcLimits } from './limits.ts';
import { received, sendAll } from './messages.ts';
import type { MethodDefinition } from './method.ts';
import { callMetrics, type CallMetrics } from './metrics.ts';
import { cancellationOf, RpcError } from './rpc-error.ts';
import { grpcStatusName } from './status.ts';
import { clientSecurity, type TlsIdentity } from './tls.ts';

export interface ConnectOptions {
  readonly tls?: TlsIdentity | undefined;
  /** Who calls, unless a call says otherwise. */
  readonly principal?: Principal;
  readonly limits?: Partial<RpcLimits>;
  readonly keepalive?: Partial<Keepalive>;
  /** Where `rpc_client_*` metrics are registered. */
  readonly registry?: Registry;
}

/** One connection to one server. It opens with the first call and comes back by itself; disposing cancels what is under way. */
export interface Connection extends RpcChannel {
  /** `host:port` */
  readonly address: string;
  /**
   * Waits until calls can be sent.
   * Rejects with an RpcError at once when the connection is refused, and with the signal's reason.
   */
  ready(signal: AbortSignal): Promise<void>;
}

/**
 * Names a server to call; nothing is opened yet. Deadlines go by the system's clock, as they do in grpc-js.
 * @param address `host:port`
 */
export function connect(address: string, options: ConnectOptions = {}): Connection {
  return new GrpcConnection(address, options);
}

/** A call that has begun. */
interface Begun {
  readonly metadata: Metadata;
  readonly deadline: number;
  /** Called once, when it is over. */
  readonly end: (status: number) => void;
}

class GrpcConnection implements Connection {
  readonly address: string;
  readonly #client: Client;
  readonly #connectivity: Connectivity;
  readonly #principal: Principal;
  readonly #limits: RpcLimits;
  readonly #metrics: CallMetrics;
  /** Cancels each call under way. Bounded by what callers wait for. */
  readonly #cancels = new Set<() => void>();
  #closed = false;

  constructor(address: string, options: ConnectOptions) {
    this.address = address;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const security = clientSecurity(address, options.tls);
    this.#client = new Client(address, security.credentials, {
      ...channelOptions(this.#limits, { ...DEFAULT_KEEPALIVE, ...options.keepalive }),
      ...security.options,
    });
    this.#connectivity = watchConnectivity(this.#client.getChannel());
    this.#principal = options.principal ?? ANONYMOUS;
    this.#metrics = callMetrics('client', options.registry);
  }

  async ready(signal: AbortSignal): Promise<void> {
    if (this.#closed) throw this.#closedError();
    if (await this.#connectivity.connected(signal)) return;
    throw new RpcError(`cannot connect to ${this.address}`, {
      code: 'RPC_NOT_CONNECTED',
      kind: 'unavailable',
      fix: `see that a server listens at ${this.address}, or call another one`,
      context: { address: this.address },
      reachedServer: false,
    });
  }

  async unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Response> {
    const bytes = this.#encode(method, request);
    const begun = this.#begin(method, options);
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const call: ClientUnaryCall = this.#client.makeUnaryRequest(
        method.path,
        asIs,
        asIs,
        bytes,
        begun.metadata,
        { deadline: begun.deadline },
        (error: ServiceError | null, response: Buffer | undefined) => {
          release();
          begun.end(error?.code ?? grpcStatus.OK);
          if (error !== null) reject(this.#failure(error, method, call.getPeer(), options.signal));
          else resolve(response ?? Buffer.alloc(0));
        },
      );
      const release = this.#attach(call, options);
    });
    return decode(method, answer, this.address);
  }

  async *stream<Request, Response>(
    method: MethodDefinition<Request, Response>,
    requests: AsyncIterable<Request>,
    options: CallOptions = {},
  ): AsyncGenerator<Response, void> {
    const begun = this.#begin(method, options);
    const call: ClientDuplexStream<Buffer, Buffer> = this.#client.makeBidiStreamRequest(
      method.path,
      asIs,
      asIs,
      begun.metadata,
      { deadline: begun.deadline },
    );
    const release = this.#attach(call, options);
    let failure: ServiceError | undefined;
    // Heard here for good: grpc-js reports the cancelling of a call that was left early as an error too.
    call.on('error', (error: ServiceError) => {
      failure = error;
    });
    const over = new AbortController();
    let sourceFailure: { readonly error: unknown } | undefined;
    sendAll(requests, (request) => this.#encode(method, request), call, over.signal).catch((error: unknown) => {
      if (over.signal.aborted) return;
      sourceFailure = { error };
      call.cancel();
    });
    try {
      for await (const bytes of received(call)) yield decode(method, bytes, this.address);
    } catch (error) {
      if (sourceFailure !== undefined) throw sourceFailure.error;
      throw failure === undefined ? error : this.#failure(failure, method, call.getPeer(), options.signal);
    } finally {
      over.abort();
      release();
      call.cancel();
      begun.end(failure?.code ?? grpcStatus.OK);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#cancels) cancel();
    this.#client.close();
  }

  #begin(method: MethodDefinition, options: CallOptions): Begun {
    if (this.#closed) throw this.#closedError();
    if (options.signal?.aborted === true) throw cancellationOf(options.signal.reason, false);
    const deadline = deadlineOf(options, systemClock.epoch());
    const metadata = outgoingMetadata(options.principal ?? this.#principal, options.headers);
    notSent(() => {
      checkMetadata(metadata, this.#limits);
    });
    const begun = systemClock.now();
    const end = this.#metrics.begin(method.path);
    return {
      metadata,
      deadline,
      end: (status) => {
        end(grpcStatusName(status), systemClock.now() - begun);
      },
    };
  }

  /** Ties a call to the caller's signal and to this connection. The result unties it. */
  #attach(call: ClientUnaryCall | ClientDuplexStream<Buffer, Buffer>, { signal, onHeaders }: CallOptions): () => void {
    const cancel = (): void => {
      call.cancel();
    };
    this.#cancels.add(cancel);
    signal?.addEventListener('abort', cancel, { once: true });
    if (onHeaders !== undefined) {
      call.once('metadata', (metadata: Metadata) => {
        onHeaders((name) => readHeader(metadata, name));
      });
    }
    return () => {
      this.#cancels.delete(cancel);
      signal?.removeEventListener('abort', cancel);
    };
  }

  #failure(error: ServiceError, method: MethodDefinition, peer: string, signal: AbortSignal | undefined): RpcError {
    const reachedServer = !(peer === this.#client.getChannel().getTarget() || isRefusedStream(error));
    if (error.code === grpcStatus.CANCELLED && signal?.aborted === true) {
      return cancellationOf(signal.reason, reachedServer);
    }
    if (error.code === grpcStatus.CANCELLED && this.#closed) return this.#closedError();
    return errorOfStatus(error, method.path, this.address, reachedServer);
  }

  #closedError(): RpcError {
    return new RpcError(`the connection to ${this.address} was closed here`, {
      code: 'RPC_CONNECTION_CLOSED',
      kind: 'cancelled',
      fix: 'end calls before disposing their connection',
      context: { address: this.address },
      // A call under way when it was closed may have been begun; who closes a connection repeats nothing on it.
      reachedServer: true,
    });
  }

  #encode<Request>(method: MethodDefinition<Request>, request: Request): Buffer {
    const bytes = method.requestSerialize(request);
    notSent(() => {
      checkMessage(bytes, 'request', this.#limits);
    });
    return bytes;
  }
}

/** grpc-js is given bytes and gives bytes: what is wrong with a message is then ours to say. */
const asIs = (bytes: Buffer): Buffer => bytes;

/** What setTimeout can wait, and gRPC's servers with it: about 24 days. A call that may take longer has no deadline. */
const DEADLINE_MS_MAX = 2 ** 31 - 1;

function deadlineOf({ deadline, timeoutMs }: CallOptions, now: EpochMillis): number {
  const earlier = Math.min(deadline ?? Infinity, timeoutMs === undefined ? Infinity : now + timeoutMs);
  if (earlier <= now) throw cancellationOf(new DOMException('the deadline has passed', 'TimeoutError'), false);
  return earlier - now > DEADLINE_MS_MAX ? Infinity : earlier;
}

/** A limit of this side, before anything was sent. */
function notSent(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof LimitExceededError)) throw error;
    const { code, kind, fix, context } = error;
    throw new RpcError(error.message, { code, kind, fix, context, reachedServer: false, cause: error });
  }
}

/** grpc-js made this status itself (a server's carries at least a content type) of a stream reset before its handler ran. */
function isRefusedStream(error: ServiceError): boolean {
  return (
    error.code === grpcStatus.UNAVAILABLE &&
    error.details === 'Stream refused by server' &&
    Object.keys(error.metadata.getMap()).length === 0
  );
}

function decode<Response>(method: MethodDefinition<unknown, Response>, bytes: Buffer, address: string): Response {
  try {
    return method.responseDeserialize(bytes);
  } catch (error) {
    throw new RpcError(`the answer of ${method.path} at ${address} is malformed`, {
      code: 'RPC_MALFORMED_RESPONSE',
      kind: 'internal',
      fix: 'see that both sides were built from compatible contracts',
      context: { method: method.path, address },
      reachedServer: true,
      cause: error,
    });
  }
}
