import type { Readable } from 'node:stream';
import {
  Server,
  setLogger,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
} from '@grpc/grpc-js';
import { assert, PortolanError, type Clock, type ErrorKind, type Timer } from '@portolan/kernel';
import { systemClock } from '@portolan/runtime';
import type { Logger, Registry } from '@portolan/telemetry';
import { DEFAULT_KEEPALIVE, serverOptions, type Keepalive } from './grpc-options.ts';
import { createHealth } from './health.ts';
import type { Identify } from './identify.ts';
import { DEFAULT_LIMITS, type RpcLimits } from './limits.ts';
import { received } from './messages.ts';
import { callMetrics } from './metrics.ts';
import { decodeRequest, drainedError, serveCall, type CallInterceptor, type ServerScope } from './serve-call.ts';
import type { BoundMethod, BoundService } from './service.ts';
import { serverCredentials, type TlsIdentity } from './tls.ts';
import { singleWire, streamWire } from './wire.ts';

export interface RpcServerOptions {
  /** An address of this host; port 0 is any free one. */
  readonly bind: { readonly host: string; readonly port: number };
  readonly services: readonly BoundService[];
  readonly logger: Logger;
  /** Calls in flight may take this long to finish once the server drains. */
  readonly drainMs: number;
  /** Mutual TLS: without a certificate of the same authority nobody is let in. */
  readonly tls?: TlsIdentity | undefined;
  /** Who asks, by the certificate that a client shows. Without it, and without `tls`, a call is of whom it says. */
  readonly identify?: Identify | undefined;
  /** This process among its service's; told in the metadata of every answer. */
  readonly instance?: string;
  readonly limits?: Partial<RpcLimits>;
  readonly keepalive?: Partial<Keepalive>;
  readonly interceptors?: readonly CallInterceptor[];
  /** Where `rpc_server_*` metrics are registered. */
  readonly registry?: Registry;
  /** For durations and the drain deadline. Default: the system's. */
  readonly clock?: Clock;
}

/** A listening server. Disposing drains it. */
export interface RpcServer extends AsyncDisposable {
  readonly port: number;
  /** What the health service says about a service, or with '' about the server as a whole. All serve from the start. */
  setServing(service: string, serving: boolean): void;
  /**
   * Ends it: health turns to not serving, new calls are refused, those in flight finish; what has not after `drainMs`
   * is ended with RPC_DRAINED. Resolves when nothing is left; again is the same.
   */
  drain(): Promise<void>;
}

/** The server cannot listen where it was told to. */
export class RpcBindError extends PortolanError {
  readonly code = 'RPC_BIND_FAILED';
  readonly kind: ErrorKind = 'precondition';
}

/** A call that was ended gets this long to tell its caller before the connections are cut. */
const LAST_WORDS_MS = 200;

/**
 * Serves `services` and the health service.
 * @throws RpcBindError when the port is taken or the address is not of this host
 */
export async function startRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const clock = options.clock ?? systemClock;
  const draining = new AbortController();
  const scope: ServerScope = {
    clock,
    limits,
    logger: options.logger,
    metrics: callMetrics('server', options.registry),
    interceptors: options.interceptors ?? [],
    identify: options.tls === undefined ? undefined : options.identify,
    instance: options.instance,
    draining: draining.signal,
    inFlight: new Set(),
  };
  const health = createHealth(options.services.map((service) => service.name));
  // grpc-js writes to the console otherwise; what it says here comes as an error of ours too.
  setLogger({
    error: (message: unknown) => {
      options.logger.debug({ detail: String(message) }, 'grpc-js');
    },
  });
  const server = new Server(serverOptions(limits, { ...DEFAULT_KEEPALIVE, ...options.keepalive }));
  for (const method of health.service.methods) register(server, method, { ...scope, interceptors: [] });
  for (const service of options.services) for (const method of service.methods) register(server, method, scope);
  const port = await bind(server, options);

  let drained: Promise<void> | undefined;
  const drain = (): Promise<void> => {
    drained ??= new Promise((resolve) => {
      health.drain();
      draining.abort();
      const timers: Timer[] = [];
      server.tryShutdown(() => {
        for (const timer of timers) timer.cancel();
        resolve();
      });
      timers.push(
        clock.after(options.drainMs, () => {
          options.logger.warn({ calls: scope.inFlight.size }, 'calls outlived the drain deadline and are ended');
          for (const call of scope.inFlight) call.abort(drainedError());
          timers.push(
            clock.after(LAST_WORDS_MS, () => {
              server.forceShutdown();
            }),
          );
        }),
      );
    });
    return drained;
  };
  return {
    port,
    setServing: (service, serving) => {
      if (!draining.signal.aborted) health.set(service, serving);
    },
    drain,
    [Symbol.asyncDispose]: drain,
  };
}

/** grpc-js is given bytes and gives bytes: what is wrong with a message is then ours to say. */
const asIs = (bytes: Buffer): Buffer => bytes;

function register(server: Server, bound: BoundMethod, scope: ServerScope): void {
  const { path, requestStream, responseStream } = bound.definition;
  const isNew = requestStream
    ? responseStream
      ? server.register(path, bidi(bound, scope), asIs, asIs, 'bidi')
      : server.register(path, clientStream(bound, scope), asIs, asIs, 'clientStream')
    : responseStream
      ? server.register(path, serverStream(bound, scope), asIs, asIs, 'serverStream')
      : server.register(path, unary(bound, scope), asIs, asIs, 'unary');
  assert(isNew, `${path} is served twice`);
}

function unary(bound: BoundMethod, scope: ServerScope): handleUnaryCall<Buffer, Buffer> {
  return (call, respond) => {
    void serveCall(bound, call, singleWire(call, respond), () => decodeRequest(bound, call.request), scope);
  };
}

function clientStream(bound: BoundMethod, scope: ServerScope): handleClientStreamingCall<Buffer, Buffer> {
  return (call, respond) => {
    void serveCall(bound, call, singleWire(call, respond), (signal) => requests(bound, call, signal), scope);
  };
}

function serverStream(bound: BoundMethod, scope: ServerScope): handleServerStreamingCall<Buffer, Buffer> {
  return (call) => {
    void serveCall(bound, call, streamWire(call), () => decodeRequest(bound, call.request), scope);
  };
}

function bidi(bound: BoundMethod, scope: ServerScope): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    void serveCall(bound, call, streamWire(call), (signal) => requests(bound, call, signal), scope);
  };
}

/** The requests of a call as they arrive; when the call is aborted, what ends them is the signal's reason. */
async function* requests(bound: BoundMethod, call: Readable, signal: AbortSignal): AsyncGenerator<unknown, void> {
  try {
    for await (const bytes of received(call)) yield decodeRequest(bound, bytes);
    // When a client cancels, Node ends the stream just before it closes it: wait for what follows, or a crash looks
    // like a client that had no more to say.
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

function bind(server: Server, { bind: { host, port }, tls }: RpcServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host.includes(':') ? `[${host}]` : host}:${port}`, serverCredentials(tls), (error, bound) => {
      if (error === null) {
        resolve(bound);
        return;
      }
      reject(
        new RpcBindError(`cannot listen at ${host}:${port}: ${error.message}`, {
          fix: `choose another port (0 is any free one), or end what listens there (ss -ltnp 'sport = :${port}')`,
          context: { host, port },
          cause: error,
        }),
      );
    });
  });
}
