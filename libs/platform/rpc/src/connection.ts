import {
  Client,
  status as grpcStatus,
  type ClientDuplexStream,
  type ClientUnaryCall,
  type Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { ANONYMOUS, type Principal } from '@portolan/kernel';
import { systemClock } from '@portolan/runtime';
import type { Registry } from '@portolan/telemetry';
import { outgoingMetadata, readHeader } from './call-metadata.ts';
import type { CallOptions } from './call.ts';
import type { RpcChannel } from './channel.ts';
import { watchConnectivity, type Connectivity } from './connectivity.ts';
import { errorOfStatus } from './error-trailer.ts';
import { channelOptions, DEFAULT_KEEPALIVE, type Keepalive } from './grpc-options.ts';
import { checkMetadata, DEFAULT_LIMITS, type RpcLimits } from './limits.ts';
import { received, sendAll } from './messages.ts';
import { closedError, deadlineOf, decodeResponse, encodeRequest, notConnectedError, notSent } from './outgoing-call.ts';
import type { MethodDefinition } from './method.ts';
import { callMetrics, type CallMetrics } from './metrics.ts';
import { cancellationOf, type RpcError } from './rpc-error.ts';
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
    if (this.#closed) throw closedError(this.address);
    if (await this.#connectivity.connected(signal)) return;
    throw notConnectedError(this.address);
  }

  async unary<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Response> {
    const bytes = encodeRequest(method, request, this.#limits);
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
    return decodeResponse(method, answer, this.address);
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
    sendAll(requests, (request) => encodeRequest(method, request, this.#limits), call, over.signal).catch(
      (error: unknown) => {
        if (over.signal.aborted) return;
        sourceFailure = { error };
        call.cancel();
      },
    );
    try {
      for await (const bytes of received(call)) yield decodeResponse(method, bytes, this.address);
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
    if (this.#closed) throw closedError(this.address);
    if (options.signal?.aborted === true) throw cancellationOf(options.signal.reason, false);
    const deadline = deadlineOf(options, systemClock.epoch());
    const metadata = outgoingMetadata(options.principal ?? this.#principal, options.headers);
    notSent(() => {
      checkMetadata(metadata, this.#limits);
    });
    const begun = systemClock.now();
    const counted = this.#metrics.begin(method.path);
    return {
      metadata,
      deadline,
      end: (status) => {
        counted.end(grpcStatusName(status), systemClock.now() - begun);
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
    if (error.code === grpcStatus.CANCELLED && this.#closed) return closedError(this.address);
    return errorOfStatus(error, method.path, this.address, reachedServer);
  }
}

/** grpc-js is given bytes and gives bytes: what is wrong with a message is then ours to say. */
const asIs = (bytes: Buffer): Buffer => bytes;

/** grpc-js made this status itself (a server's carries at least a content type) of a stream reset before its handler ran. */
function isRefusedStream(error: ServiceError): boolean {
  return (
    error.code === grpcStatus.UNAVAILABLE &&
    error.details === 'Stream refused by server' &&
    Object.keys(error.metadata.getMap()).length === 0
  );
}
