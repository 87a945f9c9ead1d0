import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Http1Limits } from '@portolan/http1';
import type { Clock, Rng, Timer } from '@portolan/kernel';
import { systemClock, systemRng } from '@portolan/runtime';
import { PoolBusyError, PoolClosedError } from '../client-errors.ts';
import { createCounters, type HttpCounters } from '../counters.ts';
import { addressOf, Dial, type DialTarget } from '../dial.ts';
import { Reconnect } from '../reconnect.ts';
import { DEFAULT_CLIENT_TIME_LIMITS, SWEEP_MS, type ClientTimeLimits } from '../time-limits.ts';
import { WaiterQueue, WAITERS_MAX, type Waiter } from '../waiter-queue.ts';
import type { Http1ClientHandler } from './http1-client-handler.ts';
import { Http1ClientWire, type Http1ClientWireOptions, type WireBook } from './http1-client-wire.ts';

/** Connections to one server. Full: who asks waits for one; a server that needs more at a time is slow, and more would not help it. */
export const SERVER_CONNECTIONS_MAX = 256;
/** Below the 5 s that Node's servers keep an idle connection, the shortest in use; who says less is believed. */
const IDLE_MS = 4_000;

export interface Http1PoolOptions<Context extends object> {
  readonly host: string;
  readonly port: number;
  /** As `node:tls` takes them; ALPN is set here. undefined: without TLS. */
  readonly tls?: ConnectionOptions | undefined;
  readonly handler: Http1ClientHandler<Context>;
  readonly connectionsMax?: number;
  readonly limits?: Partial<Http1Limits>;
  readonly timeLimits?: Partial<ClientTimeLimits>;
  /** See `Http1ClientWireOptions`. */
  readonly idleMs?: number;
  readonly counters?: HttpCounters;
  readonly clock?: Clock;
  readonly rng?: Rng;
}

/** Who wants to send a request, and is told where or why not: one of both, once. */
export interface Http1Waiter<Context extends object> extends Waiter {
  /** Is free at this moment: begin now. */
  onRoom(wire: Http1ClientWire<Context>): void;
}

/**
 * Connections to one server for one exchange at a time each. The one that was used last is used first: the others grow old, and a quiet
 * time leaves few. While the server is away, who asks is told so at once, and new attempts are made no more often than every
 * `RECONNECT_MS` (doubling to `RECONNECT_MS_MAX`). Hot path: `room` is a look at the end of an array; nothing is allocated.
 */
export class Http1Pool<Context extends object> implements WireBook<Context> {
  readonly counters: HttpCounters;
  private readonly options: Http1PoolOptions<Context>;
  private readonly shared: Http1ClientWireOptions<Context>;
  private readonly clock: Clock;
  private readonly target: DialTarget;
  private readonly reconnect: Reconnect;
  private readonly waiters = new WaiterQueue<Http1Waiter<Context>>();
  private readonly open = new Set<Http1ClientWire<Context>>();
  private readonly dialing = new Set<Dial>();
  /** The last one was used last. */
  private readonly idle: Http1ClientWire<Context>[] = [];
  private sweeping: Timer | undefined;
  private isClosed = false;

  constructor(options: Http1PoolOptions<Context>) {
    const { host, port, tls } = options;
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.counters = options.counters ?? createCounters();
    this.target = { host, port, tls, protocol: 'http/1.1' };
    this.reconnect = new Reconnect(addressOf(options), this.clock, options.rng ?? systemRng);
    this.shared = {
      handler: options.handler,
      limits: options.limits ?? {},
      timeLimits: { ...DEFAULT_CLIENT_TIME_LIMITS, ...options.timeLimits },
      idleMs: options.idleMs ?? IDLE_MS,
      clock: this.clock,
      counters: this.counters,
    };
  }

  /** A connection that takes a request at this moment: begin it now. undefined: wait for one. */
  room(): Http1ClientWire<Context> | undefined {
    const now = this.clock.now();
    for (;;) {
      const wire = this.idle.at(-1);
      if (wire === undefined || (wire.canRequest && now < wire.expiresAt)) return wire;
      this.idle.pop();
      wire.expire();
    }
  }

  /** Tells where there is room: at once, or when there is. */
  wait(waiter: Http1Waiter<Context>): void {
    if (this.isClosed) {
      waiter.onNoRoom(new PoolClosedError(this.address));
      return;
    }
    const wire = this.room();
    if (wire !== undefined) {
      waiter.onRoom(wire);
      return;
    }
    const failure = this.open.size + this.dialing.size === 0 ? this.reconnect.failure : undefined;
    if (failure !== undefined) {
      waiter.onNoRoom(failure);
    } else if (this.waiters.isFull) {
      waiter.onNoRoom(new PoolBusyError(this.address, WAITERS_MAX));
    } else {
      this.waiters.push(waiter);
      this.dialMore();
    }
  }

  /** Waits no more. */
  forget(waiter: Http1Waiter<Context>): void {
    this.waiters.forget(waiter);
  }

  /** Opens nothing more, and closes each connection when its exchange is over; `destroy` does not wait for them. */
  drain(): void {
    this.stop();
    for (const wire of this.idle.splice(0)) wire.expire();
  }

  destroy(): void {
    this.stop();
    for (const wire of [...this.open]) wire.destroy();
  }

  onBusy(wire: Http1ClientWire<Context>): void {
    if (this.idle.at(-1) === wire) this.idle.pop();
    else this.retire(wire);
  }

  onFree(wire: Http1ClientWire<Context>): void {
    if (this.isClosed) {
      wire.expire();
      return;
    }
    this.idle.push(wire);
    this.serveWaiters();
  }

  onGone(wire: Http1ClientWire<Context>): void {
    this.open.delete(wire);
    this.retire(wire);
    this.dialMore();
    this.refuseWaiters();
  }

  private get address(): string {
    return addressOf(this.options);
  }

  private stop(): void {
    this.isClosed = true;
    for (const dial of this.dialing) dial.cancel();
    this.dialing.clear();
    this.waiters.refuse(new PoolClosedError(this.address));
  }

  /** One attempt for each who waits, as far as there may be more connections and the server is not known to be away. */
  private dialMore(): void {
    const max = this.options.connectionsMax ?? SERVER_CONNECTIONS_MAX;
    while (
      this.waiters.size > this.dialing.size &&
      this.open.size + this.dialing.size < max &&
      this.reconnect.failure === undefined
    ) {
      this.dial();
    }
  }

  private dial(): void {
    const dial: Dial = new Dial(
      this.target,
      this.clock,
      (socket) => {
        dial.done();
        this.dialing.delete(dial);
        this.connected(socket);
      },
      (cause) => {
        this.dialing.delete(dial);
        this.reconnect.failed(cause);
        this.refuseWaiters();
      },
    );
    this.dialing.add(dial);
  }

  private connected(socket: Socket): void {
    this.reconnect.succeeded();
    const wire = new Http1ClientWire<Context>(socket, this.address, this.shared, this);
    this.open.add(wire);
    this.sweepLater();
    this.onFree(wire);
  }

  /** While the server is away nobody waits but for an attempt that is under way, or an exchange that will end. */
  private refuseWaiters(): void {
    const { failure } = this.reconnect;
    if (failure === undefined || this.open.size > 0) return;
    while (this.waiters.size > this.dialing.size) this.waiters.shift()?.onNoRoom(failure);
  }

  private serveWaiters(): void {
    while (this.waiters.size > 0) {
      const wire = this.room();
      if (wire === undefined) return;
      this.waiters.shift()?.onRoom(wire);
    }
  }

  private retire(wire: Http1ClientWire<Context>): void {
    const at = this.idle.indexOf(wire);
    if (at >= 0) this.idle.splice(at, 1);
  }

  private sweepLater(): void {
    this.sweeping ??= this.clock.after(SWEEP_MS, () => {
      this.sweeping = undefined;
      const now = this.clock.now();
      for (const wire of [...this.open]) wire.sweep(now);
      for (const wire of [...this.idle]) if (now >= wire.expiresAt) wire.expire();
      this.dialMore();
      if (this.open.size > 0) this.sweepLater();
    });
  }
}
