import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { TokenCache, type Http2Limits } from '@portolan/http2';
import type { Clock, Rng, Timer } from '@portolan/kernel';
import { systemClock, systemRng } from '@portolan/runtime';
import { PoolBusyError, PoolClosedError } from '../client-errors.ts';
import { createCounters, type HttpCounters } from '../counters.ts';
import { addressOf, Dial } from '../dial.ts';
import type { GoneReason } from '../gone-reason.ts';
import { latin1OfBuffer } from '../latin1-of-buffer.ts';
import { Reconnect, RECONNECT_MS } from '../reconnect.ts';
import { DEFAULT_TIME_LIMITS, SWEEP_MS } from '../time-limits.ts';
import { WaiterQueue, WAITERS_MAX, type Waiter } from '../waiter-queue.ts';
import type { Http2Handler } from './http2-handler.ts';
import { Http2Wire, type Http2WireOptions } from './http2-wire.ts';
import { DEFAULT_KEEP_ALIVE, type KeepAlive } from './keep-alive.ts';

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
export interface RoomWaiter<Context> extends Waiter {
  /** Has room for a stream at this moment: open it now. */
  onRoom(wire: Http2Wire<Context>): void;
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
  private readonly reconnect: Reconnect;
  private readonly waiters = new WaiterQueue<RoomWaiter<Context>>();
  /** Those that take streams; all that are open. */
  private usable: Http2Wire<Context>[] = [];
  private readonly open = new Set<Http2Wire<Context>>();
  private dialing: Dial | undefined;
  /** Connected, and its server has not said yet how many streams it takes. */
  private greeting: Http2Wire<Context> | undefined;
  private greetedAt = -Infinity;
  private sweeping: Timer | undefined;
  private isClosed = false;

  constructor(options: Http2PoolOptions<Context>) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.reconnect = new Reconnect(addressOf(options), this.clock, options.rng ?? systemRng);
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
          this.dialForWaiters();
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
      anyAuthority: false,
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
    this.retireSpent();
    const mayDial = this.usable.length < (this.options.connectionsMax ?? 1) && this.dialing === undefined;
    const failure = mayDial ? this.reconnect.failure : undefined;
    if (failure !== undefined && this.usable.length === 0) {
      waiter.onNoRoom(failure);
    } else if (this.waiters.isFull) {
      waiter.onNoRoom(new PoolBusyError(this.address, WAITERS_MAX));
    } else {
      this.waiters.push(waiter);
      if (mayDial && failure === undefined) this.dial();
    }
  }

  /** Waits no more. */
  forget(waiter: RoomWaiter<Context>): void {
    this.waiters.forget(waiter);
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
    return addressOf(this.options);
  }

  private stop(): void {
    this.isClosed = true;
    this.dialing?.cancel();
    // A connection that was being greeted is closed with the others.
    this.dialing = undefined;
    this.usable = [];
    this.waiters.refuse(new PoolClosedError(this.address));
  }

  private dial(): void {
    const { host, port, tls } = this.options;
    this.dialing = new Dial({ host, port, tls, protocol: 'h2' }, this.clock, this.onConnected, this.onDialFailed);
  }

  private readonly onConnected = (socket: Socket): void => {
    const wire = new Http2Wire<Context>(socket, this.address, this.shared, this.onWireGone);
    this.greeting = wire;
    this.open.add(wire);
    this.sweepLater();
  };

  private readonly onDialFailed = (cause: Error): void => {
    this.failed(cause);
  };

  /** Its SETTINGS are here: streams opened before might be refused for their number. */
  private greeted(wire: Http2Wire<Context>): void {
    this.dialing?.done();
    this.dialing = undefined;
    this.greeting = undefined;
    this.greetedAt = this.clock.now();
    this.reconnect.succeeded();
    this.usable.push(wire);
  }

  private readonly onWireGone = (wire: Http2Wire<Context>, reason: GoneReason): void => {
    this.open.delete(wire);
    this.retire(wire);
    if (wire === this.greeting) {
      this.greeting = undefined;
      this.failed('error' in reason ? reason.error : new Error(`the connection ended: ${reason.kind}`));
    } else {
      this.dialForWaiters();
    }
  };

  private failed(cause: Error): void {
    this.dialing?.done();
    this.dialing = undefined;
    if (this.isClosed) return;
    const failure = this.reconnect.failed(cause);
    if (this.usable.length === 0) this.waiters.refuse(failure);
  }

  /** Who waits for a connection that takes no more gets another; not from a server that ends each as soon as it has greeted. */
  private dialForWaiters(): void {
    if (this.waiters.size === 0 || this.usable.length > 0 || this.dialing !== undefined) return;
    const { failure } = this.reconnect;
    if (failure !== undefined) this.waiters.refuse(failure);
    else if (this.clock.now() - this.greetedAt >= RECONNECT_MS) this.dial();
    else this.failed(new Error('the server ends connections as soon as they have begun'));
  }

  /** Those that never take a stream again are not waited for: about to close, or out of ids, which is after a billion requests. */
  private retireSpent(): void {
    for (const wire of [...this.usable]) {
      if (!wire.isClosing && !wire.core.isSpent) continue;
      this.retire(wire);
      wire.drain();
    }
  }

  private retire(wire: Http2Wire<Context>): void {
    this.usable = this.usable.filter((one) => one !== wire);
  }

  private serveWaiters(): void {
    while (this.waiters.size > 0) {
      const wire = this.room();
      if (wire === undefined) {
        this.retireSpent();
        this.dialForWaiters();
        return;
      }
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
