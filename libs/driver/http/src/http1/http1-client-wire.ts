import type { Socket } from 'node:net';
import {
  Http1Client,
  Http1ClosedError,
  Http1MessageError,
  type ForwardOptions,
  type Head,
  type Http1ClientEvents,
  type Http1ClientPhase,
  type Http1ConnectionError,
  type Http1Limits,
} from '@portolan/http1';
import { assert, type Clock } from '@portolan/kernel';
import type { HttpCounters } from '../counters.ts';
import type { GoneReason } from '../gone-reason.ts';
import { latin1OfBuffer } from '../latin1-of-buffer.ts';
import type { ClientTimeLimits } from '../time-limits.ts';
import { ExchangeLostError } from './exchange-lost-error.ts';
import type { Http1ClientHandler } from './http1-client-handler.ts';
import { Http1ClientOverdue } from './http1-client-overdue.ts';
import type { Http1Failure } from './http1-handler.ts';
import { Http1Link, type LinkOwner } from './http1-link.ts';
import { keepAliveHint } from './keep-alive-hint.ts';

/** What the connections of one pool have in common. */
export interface Http1ClientWireOptions<Context extends object> {
  readonly handler: Http1ClientHandler<Context>;
  readonly limits: Partial<Http1Limits>;
  readonly timeLimits: ClientTimeLimits;
  /** An idle connection is not used any more after this, ms; sooner when its server says that it keeps it for less. */
  readonly idleMs: number;
  readonly clock: Clock;
  readonly counters: HttpCounters;
}

/** Who keeps the books of connections. */
export interface WireBook<Context extends object> {
  onBusy(wire: Http1ClientWire<Context>): void;
  /** Can be used again. */
  onFree(wire: Http1ClientWire<Context>): void;
  onGone(wire: Http1ClientWire<Context>): void;
}

/**
 * A connection of ours to a server, for one exchange at a time. `request` and `forward` begin one; the methods that send mean what they
 * mean in `Http1Client`, and are to be called from within the handler's events or later, but not after its `onClose`.
 * Hot path: a request costs no object, closure or promise here.
 */
export class Http1ClientWire<Context extends object> implements Http1ClientEvents, LinkOwner {
  readonly socket: Socket;
  /** The server, `host:port`. */
  readonly peer: string;
  /** Requests that were begun on it. */
  requests = 0;
  /** All of the request, or of our side of the tunnel, was sent. */
  isSent = true;
  private readonly core: Http1Client;
  private readonly link: Http1Link;
  private readonly options: Http1ClientWireOptions<Context>;
  private readonly overdue: Http1ClientOverdue;
  private readonly book: WireBook<Context>;
  private readonly openedAt: number;
  private idleMs: number;
  private context: Context | undefined;
  /** All of the response, or of the server's side of the tunnel, came. */
  private isReceived = true;
  private isTunnel = false;
  private isGivenUp = false;
  private bytesBefore = 0;

  constructor(socket: Socket, peer: string, options: Http1ClientWireOptions<Context>, book: WireBook<Context>) {
    const { limits, timeLimits, idleMs, clock, counters } = options;
    this.socket = socket;
    this.peer = peer;
    this.options = options;
    this.book = book;
    this.idleMs = idleMs;
    this.openedAt = clock.now();
    this.core = new Http1Client({ limits, latin1: latin1OfBuffer }, this);
    this.link = new Http1Link(socket, this.core, this, clock, counters);
    this.overdue = new Http1ClientOverdue(this, this.core, this.link, timeLimits, counters);
  }

  get phase(): Http1ClientPhase {
    return this.core.phase;
  }

  /** Whether a request can be begun. */
  get canRequest(): boolean {
    return this.context === undefined && this.core.canRequest && !this.socket.destroyed;
  }

  /** When it has been idle for as long as its server can be trusted to keep it. */
  get expiresAt(): number {
    return Math.max(this.core.receivedAt, this.openedAt) + this.idleMs;
  }

  /**
   * @param context what the events of this exchange are told with
   * @returns false when `canRequest` is false
   * @throws Http1FieldError before anything is sent
   */
  request(context: Context, method: string, target: string, fields: readonly string[], endStream: boolean): boolean {
    if (!this.canRequest || !this.core.request(method, target, fields, endStream)) return false;
    this.began(context, endStream);
    return true;
  }

  /**
   * Begins a request that a server's connection received; see `Http1Client.forward`.
   * @returns false when `canRequest` is false
   * @throws Http1FieldError before anything is sent
   */
  forward(
    context: Context,
    from: Head,
    fields: readonly string[],
    endStream: boolean,
    options?: ForwardOptions,
  ): boolean {
    if (!this.canRequest || !this.core.forward(from, fields, endStream, options)) return false;
    this.began(context, endStream);
    return true;
  }

  /** @returns how many bytes were taken; when not all, keep the rest and wait for `onWritable` */
  data(bytes: Uint8Array, start: number, end: number, endStream: boolean): number {
    const taken = this.core.data(bytes, start, end, endStream);
    if (endStream && taken === end - start) this.isSent = true;
    this.link.touch();
    return taken;
  }

  end(): void {
    this.core.end();
    this.isSent = true;
    this.link.touch();
  }

  /** @throws Http1FieldError before anything is sent */
  trailers(fields: readonly string[], from?: Head): void {
    this.core.trailers(fields, from);
    this.isSent = true;
    this.link.touch();
  }

  /** Takes no more content, or bytes of the tunnel, but for what was read already; until `resume`, or the end of the exchange. */
  pause(): void {
    this.link.isHeld = true;
    this.link.touch();
  }

  resume(): void {
    this.link.isHeld = false;
    this.link.touch();
  }

  /** Gives the exchange up, and the connection with it: HTTP/1.1 has no other way. */
  abort(): void {
    if (this.context === undefined) return;
    this.isGivenUp = true;
    this.core.close();
    this.link.destroy({ kind: 'drained' });
    this.link.touch();
  }

  /** Closes an idle connection. */
  expire(): void {
    assert(this.context === undefined, 'an exchange is not ended like this');
    this.core.timeOut();
    this.link.touch();
  }

  sweep(now: number): void {
    this.overdue.sweep(now);
  }

  destroy(): void {
    this.isGivenUp = true;
    this.core.close();
    this.link.destroy({ kind: 'drained' });
  }

  timeOut(what: string): void {
    this.link.because({ kind: 'slow', what });
    this.link.run(() => {
      this.core.timeOut();
    });
  }

  onInterim(head: Head): void {
    if (this.context !== undefined) this.options.handler.onInterim?.(this.context, head);
  }

  onResponse(head: Head, endStream: boolean): void {
    // A server keeps all its connections alike: the first response tells.
    if (this.requests === 1) this.idleMs = Math.min(this.idleMs, keepAliveHint(head));
    this.isTunnel = this.core.phase === 'tunnel';
    if (this.isTunnel) this.isSent = false;
    this.isReceived = endStream;
    if (this.context !== undefined) this.options.handler.onResponse(this.context, head, endStream);
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    if (this.context !== undefined) this.options.handler.onData(this.context, bytes, start, end);
  }

  onEnd(trailers: Head | undefined): void {
    this.isReceived = true;
    if (this.context !== undefined) this.options.handler.onEnd(this.context, trailers);
  }

  onWritable(): void {
    if (this.context !== undefined) this.options.handler.onWritable(this.context);
  }

  onTunnel(bytes: Uint8Array, start: number, end: number): void {
    if (this.context !== undefined) this.options.handler.onTunnel?.(this.context, bytes, start, end);
  }

  onTunnelEnd(): void {
    this.isReceived = true;
    if (this.context !== undefined) this.options.handler.onTunnelEnd?.(this.context);
  }

  onError(error: Http1ConnectionError): void {
    this.onTurn();
    if (error instanceof Http1MessageError) {
      this.options.counters.connectionErrors += 1;
      this.link.because({ kind: 'protocol', error });
    }
    if (this.context === undefined) return;
    this.exchangeEnds(error, error instanceof Http1ClosedError && error.isUnanswered);
  }

  onTurn(): void {
    if (this.context === undefined) return;
    if (this.isGivenUp) {
      this.exchangeEnds(new ExchangeLostError('us'), false);
    } else if (this.isReceived && (this.isSent || (!this.isTunnel && this.core.phase === 'closed'))) {
      this.exchangeEnds(undefined, false);
    }
  }

  onPeerEnd(): void {
    // The core has told whoever is concerned.
  }

  onWantsClose(): void {
    const { socket, link } = this;
    if (socket.writableEnded) return;
    if (this.core.phase === 'tunnel') {
      socket.end();
      return;
    }
    link.because({ kind: 'drained' });
    // What the server did not take by now is of no use to anybody.
    if (link.isBlocked) socket.destroy();
    else socket.destroySoon();
  }

  onClose(reason: GoneReason): void {
    this.onTurn();
    this.core.close();
    if (this.context !== undefined) {
      const cause = reason.kind === 'socket' ? reason.error : undefined;
      const isByPeer = reason.kind === 'socket' || reason.kind === 'closed-by-peer';
      const isUnanswered = this.core.bytesReceived === this.bytesBefore;
      this.exchangeEnds(new ExchangeLostError('peer', cause), isByPeer && isUnanswered);
    }
    this.book.onGone(this);
  }

  private began(context: Context, endStream: boolean): void {
    const { counters } = this.options;
    counters.requests += 1;
    counters.requestsOpen += 1;
    this.requests += 1;
    this.context = context;
    this.isSent = endStream;
    this.isReceived = false;
    this.isTunnel = false;
    this.bytesBefore = this.core.bytesReceived;
    this.book.onBusy(this);
    this.link.touch();
  }

  private exchangeEnds(failure: Http1Failure | undefined, isUnanswered: boolean): void {
    const { context } = this;
    if (context === undefined) return;
    const { counters, handler } = this.options;
    this.context = undefined;
    this.link.isHeld = false;
    counters.requestsOpen -= 1;
    if (failure !== undefined) counters.requestsBroken += 1;
    handler.onClose(context, failure, isUnanswered && this.requests > 1);
    if (this.canRequest) this.book.onFree(this);
  }
}
