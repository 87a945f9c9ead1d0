import {
  createCounters,
  http2Protocol,
  ListenError,
  startServer,
  type Http2Handler,
  type HttpServer,
  type ServedProtocol,
} from '@portolan/http';
import type { Http2Limits } from '@portolan/http2';
import { assert, type Clock, type Timer } from '@portolan/kernel';
import { RpcBindError, type RpcLimits, type RpcServer, type RpcServerOptions, type TlsIdentity } from '@portolan/rpc';
import {
  callMetrics,
  createHealth,
  DEFAULT_KEEPALIVE,
  DEFAULT_LIMITS,
  drainedError,
  INSTANCE_HEADER,
} from '@portolan/rpc/serving';
import { systemClock } from '@portolan/runtime';
import { PLAIN_HEAD } from './answer.ts';
import { CallBook } from '../call-book.ts';
import { Callers } from './callers.ts';
import { methodTable } from './method-entry.ts';
import type { CallScope } from './call-scope.ts';
import { ServerCall } from './server-call.ts';

/** A call that was ended gets this long to tell its caller before the connections are cut, ms. */
const LAST_WORDS_MS = 200;
/** Calls kept to be used again. More at once cost what a call of the first time costs. */
const CALLS_KEPT_MAX = 1_024;

/** What this server can besides what is asked of every one. */
export interface FastServerOptions extends RpcServerOptions {
  /** Answers the connections that do not speak HTTP/2, on the same port. */
  readonly http1?: ServedProtocol;
  /** Of one answer; that of requests stays `limits.messageBytes`. Default: the same. */
  readonly responseBytesMax?: number;
  /** A stream whose caller takes nothing for so long, while something waits for it, is ended. Default: it may. */
  readonly streamStallMs?: number;
}

/**
 * Serves `services` and the health service as `startRpcServer` of `@portolan/rpc` does, on our own HTTP/2: several times as many
 * calls on one core. Clients cannot tell.
 * @throws RpcBindError when the port is taken or the address is not of this host
 */
export async function startFastServer(options: FastServerOptions): Promise<RpcServer> {
  const server = new FastServer(options);
  await server.listen();
  return server;
}

class FastServer implements RpcServer {
  private readonly options: FastServerOptions;
  private readonly clock: Clock;
  private readonly health: ReturnType<typeof createHealth>;
  private readonly draining = new AbortController();
  private readonly book: CallBook<ServerCall>;
  private readonly scope: CallScope;
  private readonly free: ServerCall[] = [];
  private server: HttpServer | undefined;
  private drained: Promise<void> | undefined;

  constructor(options: FastServerOptions) {
    const { services, instance, registry, logger } = options;
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.health = createHealth(services.map(({ name }) => name));
    this.book = new CallBook(this.clock);
    const methods = methodTable(services, this.health.service, options.interceptors ?? []);
    const count = services.reduce((sum, service) => sum + service.methods.length, this.health.service.methods.length);
    assert(methods.size === count, 'no method is served twice');
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.scope = {
      clock: this.clock,
      logger,
      limits,
      responseLimits: { ...limits, messageBytes: options.responseBytesMax ?? limits.messageBytes },
      streamStallMs: options.streamStallMs ?? Infinity,
      metrics: registry === undefined ? undefined : callMetrics('server', registry),
      methods,
      callers: options.tls && options.identify && new Callers(options.identify),
      draining: this.draining.signal,
      plainHead: instance === undefined ? PLAIN_HEAD : [...PLAIN_HEAD, INSTANCE_HEADER, instance],
      book: this.book,
    };
  }

  get port(): number {
    assert(this.server !== undefined, 'a server is handed out when it listens');
    return this.server.port;
  }

  async listen(): Promise<void> {
    const { bind, tls, keepalive, http1 } = this.options;
    const { intervalMs, timeoutMs } = { ...DEFAULT_KEEPALIVE, ...keepalive };
    const counters = createCounters();
    const h2 = http2Protocol({
      handler: this.handler(),
      counters,
      limits: http2Limits(this.scope.limits),
      // Nothing is done with it, and etcdctl sends a whole URL.
      anyAuthority: true,
      // Streams may be silent for days, and their connections with them: pings tell who is there.
      timeLimits: { contentIdleMs: Infinity, idleMs: Infinity, writeStallMs: Infinity },
      keepAlive: { intervalMs, timeoutMs },
      clock: this.clock,
    });
    try {
      const protocols = { h2, ...(http1 !== undefined && { 'http/1.1': http1 }) };
      this.server = await startServer({ bind, protocols, tls: tlsOptions(tls), counters, clock: this.clock });
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      throw new RpcBindError(error.message, { fix: error.fix, context: error.context, cause: error.cause });
    }
  }

  setServing(service: string, serving: boolean): void {
    if (!this.draining.signal.aborted) this.health.set(service, serving);
  }

  drain(): Promise<void> {
    this.drained ??= this.drainOnce();
    return this.drained;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  private async drainOnce(): Promise<void> {
    const { logger, drainMs } = this.options;
    const timers: Timer[] = [];
    this.health.drain();
    this.draining.abort();
    timers.push(
      this.clock.after(drainMs, () => {
        logger.warn({ calls: this.book.size }, 'calls outlived the drain deadline and are ended');
        for (const call of this.book.all()) call.end(drainedError());
        timers.push(
          this.clock.after(LAST_WORDS_MS, () => {
            this.server?.destroy();
          }),
        );
      }),
    );
    await this.server?.drain();
    for (const timer of timers) timer.cancel();
    this.book.dispose();
  }

  private readonly onFree = (call: ServerCall): void => {
    if (this.free.length < CALLS_KEPT_MAX) this.free.push(call);
  };

  private handler(): Http2Handler<ServerCall> {
    return {
      onHead: (wire, stream, head) => {
        const call = this.free.pop() ?? new ServerCall(this.scope, this.onFree);
        call.begin(wire, stream, head);
        return call;
      },
      onData: (call, _stream, bytes, start, end) => {
        call.onData(bytes, start, end);
      },
      onEnd: (call) => {
        call.onEnd();
      },
      onWritable: (call) => {
        call.onWritable();
      },
      onClose: (call) => {
        call.onClose();
      },
    };
  }
}

/** Metadata over the limit is to be refused by a status that says so; only what is far beyond it ends with HTTP's own (431). */
function http2Limits({ metadataBytes, concurrentStreams }: RpcLimits): Partial<Http2Limits> {
  const fieldSectionBytes = Math.max(65_536, metadataBytes * 4);
  return { concurrentStreams, fieldSectionBytes, headerBlockBytes: fieldSectionBytes };
}

function tlsOptions(tls: TlsIdentity | undefined): object | undefined {
  return tls === undefined ? undefined : { ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' };
}
