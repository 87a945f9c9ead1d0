import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket, type ConnectionOptions } from 'node:tls';
import { TokenCache, type Http2Limits } from '@portolan/http2';
import type { Clock, Rng, Timer } from '@portolan/kernel';
import { systemClock, systemRng } from '@portolan/runtime';
import { ConnectError, PoolBusyError, PoolClosedError } from '../client-errors.ts';
import { createCounters, type HttpCounters } from '../counters.ts';
import { DEFAULT_TIME_LIMITS, SWEEP_MS } from '../time-limits.ts';
import type { GoneReason, Http2Handler } from './http2-handler.ts';
import { Http2Wire, latin1OfBuffer, type Http2WireOptions } from './http2-wire.ts';
import { DEFAULT_KEEP_ALIVE, type KeepAlive } from './keep-alive.ts';

/** A peer that does not take the connection within this is away, ms. */
const CONNECT_MS = 5_000;
/** A peer that restarts on the same address is back within this, and one that stays away costs a SYN every 2 s. */
const RECONNECT_MS = 100;
const RECONNECT_MS_MAX = 2_000;
/** Who waits for room. Full: the next is refused, since a longer queue only turns overload into latency. */
export const WAITERS_MAX = 4_096;

export interface Http2PoolOptions<Context> {
  readonly host: string;
  readonly port: number;
  /** As `node:tls` takes them; ALPN is set here. undefined: without TLS, by prior knowledge. */
  readonly tls?: ConnectionOptions | undefined;
  readonly handler: Http2Handler<Context>;
  /** Another connection is opened when all others are full. */
  readonly connectionsMax?: number;
  readonly limits?: Partial<Http2Limits>;
  readonly keepAlive?: Partial<KeepAlive>;
  /** An unused connection is closed after this, ms. Below the server's, or a request may meet its closing. */
  readonly idleMs?: number;
  readonly counters?: HttpCounters;
  readonly clock?: Clock;
  readonly rng?: Rng;
}

/** Who wants to open a stream, and is told where or why not: one of both, once. */
export interface RoomWaiter<Context> {
  /** Has room for a stream at this moment: open it now. */
  onRoom(wire: Http2Wire<Context>): void;
  onNoRoom(error: ConnectError | PoolBusyError | PoolClosedError): void;
}

/**
 * Connections to one server, opened when they are wanted, replaced when they end. While the server is away, who asks is told so at
 * once, and a new attempt is made no more often than every `RECONNECT_MS` (doubling to `RECONNECT_MS_MAX`).
 * Hot path: `room` is a look at an array; nothing is allocated.
 */
export class Http2Pool<Context> {
  readonly counters: HttpCounters;
  private readonly options: Http2PoolOptions<Context>;
  private readonly shared: Http2WireOptions<Context>;
  private readonly clock: Clock;
  private readonly rng: Rng;
  /** Those that take streams; all that are open. */
  private usable: Http2Wire<Context>[] = [];
  private readonly open = new Set<Http2Wire<Context>>();
  private dialing: Socket | undefined;
  /** Connected, and its server has not said yet how many streams it takes. */
  private greeting: Http2Wire<Context> | undefined;
  private timer: Timer | undefined;
  private failures = 0;
  private retryAt = -Infinity;
  private lastFailure: ConnectError | undefined;
  private waiters: RoomWaiter<Context>[] = [];
  private sweeping: Timer | undefined;
  private isClosed = false;

  constructor(options: Http2PoolOptions<Context>) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.rng = options.rng ?? systemRng;
    this.counters = options.counters ?? createCounters();
    const { handler } = options;
    this.shared = {
      role: 'client',
      handler: {
        ...handler,
        onRoom: (wire) => {
          if (wire === this.greeting) this.greeted(wire);
          this.serveWaiters();
          handler.onRoom?.(wire);
        },
        onGoaway: (wire) => {
          this.retire(wire);
          handler.onGoaway?.(wire);
        },
      },
      limits: options.limits ?? {},
      timeLimits: {
        ...DEFAULT_TIME_LIMITS,
        contentIdleMs: Infinity,
        writeStallMs: Infinity,
        idleMs: options.idleMs ?? Infinity,
      },
      keepAlive: { ...DEFAULT_KEEP_ALIVE, ...options.keepAlive },
      ageMaxMs: Infinity,
      extendedConnect: false,
      tokens: new TokenCache(latin1OfBuffer),
      clock: this.clock,
      counters: this.counters,
    };
  }

  /** A connection that takes a stream at this moment; undefined: wait for one. */
  room(): Http2Wire<Context> | undefined {
    for (const wire of this.usable) if (wire.core.canOpen && !wire.isClosing) return wire;
    return undefined;
  }

  /** Tells where there is room: at once, or when there is. */
  wait(waiter: RoomWaiter<Context>): void {
    if (this.isClosed) {
      waiter.onNoRoom(new PoolClosedError(this.address));
      return;
    }
    const wire = this.room();
    if (wire !== undefined) {
      waiter.onRoom(wire);
      return;
    }
    const mayDial = this.usable.length < (this.options.connectionsMax ?? 1) && this.dialing === undefined;
    if (mayDial && this.lastFailure !== undefined && this.clock.now() < this.retryAt) {
      waiter.onNoRoom(this.lastFailure);
    } else if (this.waiters.length >= WAITERS_MAX) {
      waiter.onNoRoom(new PoolBusyError(this.address, WAITERS_MAX));
    } else {
      this.waiters.push(waiter);
      if (mayDial) this.dial();
    }
  }

  /** Waits no more. */
  forget(waiter: RoomWaiter<Context>): void {
    const at = this.waiters.indexOf(waiter);
    if (at >= 0) this.waiters.splice(at, 1);
  }

  /** Opens nothing more, and closes each connection when its streams are over; `destroy` does not wait for them. */
  drain(): void {
    this.stop();
    for (const wire of [...this.open]) wire.drain();
  }

  destroy(): void {
    this.stop();
    for (const wire of [...this.open]) wire.socket.destroy();
  }

  private get address(): string {
    const { host, port } = this.options;
    return `${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  private stop(): void {
    this.isClosed = true;
    this.dialing?.destroy();
    this.usable = [];
    for (const waiter of this.waiters.splice(0)) waiter.onNoRoom(new PoolClosedError(this.address));
  }

  private dial(): void {
    const { host, port, tls } = this.options;
    const socket =
      tls === undefined
        ? connectPlain({ host, port, noDelay: true })
        : connectTls({ ...tls, host, port, ALPNProtocols: ['h2'] });
    this.dialing = socket;
    let cause: Error | undefined;
    this.timer = this.clock.after(CONNECT_MS, () => {
      socket.destroy(new Error(`no HTTP/2 connection within ${CONNECT_MS} ms`));
    });
    const onError = (error: Error): void => {
      cause = error;
    };
    const onClose = (): void => {
      this.failed(cause ?? new Error('the connection was closed while it was being opened'));
    };
    socket.on('error', onError);
    socket.on('close', onClose);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      if (socket instanceof TLSSocket && socket.alpnProtocol !== 'h2') {
        socket.destroy(new Error('the server does not speak HTTP/2 (ALPN)'));
        return;
      }
      socket.off('error', onError);
      socket.off('close', onClose);
      const wire = new Http2Wire<Context>(socket, this.address, this.shared, this.onWireGone);
      this.greeting = wire;
      this.open.add(wire);
      this.sweepLater();
    });
  }

  /** Its SETTINGS are here: streams opened before might be refused for their number. */
  private greeted(wire: Http2Wire<Context>): void {
    this.timer?.cancel();
    this.dialing = undefined;
    this.greeting = undefined;
    this.failures = 0;
    this.lastFailure = undefined;
    this.usable.push(wire);
  }

  private readonly onWireGone = (wire: Http2Wire<Context>, reason: GoneReason): void => {
    this.open.delete(wire);
    this.retire(wire);
    if (wire === this.greeting) {
      this.greeting = undefined;
      this.failed('error' in reason ? reason.error : new Error(`the connection ended: ${reason.kind}`));
    } else if (this.waiters.length > 0 && this.usable.length === 0 && this.dialing === undefined) {
      this.dial();
    }
  };

  private failed(cause: Error): void {
    this.timer?.cancel();
    this.dialing = undefined;
    if (this.isClosed) return;
    const backoffMs = Math.min(RECONNECT_MS_MAX, RECONNECT_MS * 2 ** this.failures);
    this.failures += 1;
    this.retryAt = this.clock.now() + backoffMs * (0.8 + 0.4 * this.rng.float());
    const failure = new ConnectError(this.address, cause);
    this.lastFailure = failure;
    if (this.usable.length > 0) return;
    for (const waiter of this.waiters.splice(0)) waiter.onNoRoom(failure);
  }

  private retire(wire: Http2Wire<Context>): void {
    this.usable = this.usable.filter((one) => one !== wire);
  }

  private serveWaiters(): void {
    while (this.waiters.length > 0) {
      const wire = this.room();
      if (wire === undefined) return;
      this.waiters.shift()?.onRoom(wire);
    }
  }

  private sweepLater(): void {
    this.sweeping ??= this.clock.after(SWEEP_MS, () => {
      this.sweeping = undefined;
      const now = this.clock.now();
      for (const wire of [...this.open]) wire.sweep(now);
      if (this.open.size > 0) this.sweepLater();
    });
  }
}
