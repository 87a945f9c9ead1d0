import type { Socket } from 'node:net';
import {
  Http1MessageError,
  Http1Server,
  type FieldNames,
  type Head,
  type Http1ConnectionError,
  type Http1Limits,
  type Http1ServerEvents,
  type Http1ServerPhase,
} from '@portolan/http1';
import { assert, type Clock } from '@portolan/kernel';
import type { HttpCounters } from '../counters.ts';
import type { GoneReason } from '../gone-reason.ts';
import { latin1OfBuffer } from '../latin1-of-buffer.ts';
import type { ServedConnection } from '../served-protocol.ts';
import type { TimeLimits } from '../time-limits.ts';
import { ExchangeLostError } from './exchange-lost-error.ts';
import type { Http1Failure, Http1Handler } from './http1-handler.ts';
import { Http1Link, type LinkOwner } from './http1-link.ts';
import { Http1Overdue } from './http1-overdue.ts';

/** What the connections of one server have in common. */
export interface Http1WireOptions<Context extends object> {
  readonly handler: Http1Handler<Context>;
  readonly limits: Partial<Http1Limits>;
  readonly timeLimits: TimeLimits;
  /** A connection is drained at this age, ms, give or take a tenth, so that long-lived clients find new instances; Infinity: never. */
  readonly ageMaxMs: number;
  readonly clock: Clock;
  readonly counters: HttpCounters;
}

/**
 * A client's connection to us. Its handler answers one request at a time by the methods that send, which mean what they mean in
 * `Http1Server`, from within its events or later; once `onClose` was called for a request, never again.
 * Hot path: a request costs no object, closure or promise here.
 */
export class Http1Wire<Context extends object> implements Http1ServerEvents, LinkOwner, ServedConnection {
  readonly socket: Socket;
  /** The other end, `address:port`. */
  readonly peer: string;
  /** The client waits for `100 Continue`, or has to: its silence is ours. */
  awaitsContinue = false;
  /** Requests that began on it. */
  requests = 0;
  private readonly core: Http1Server;
  private readonly link: Http1Link;
  private readonly options: Http1WireOptions<Context>;
  private readonly overdue: Http1Overdue;
  private readonly onGone: () => void;
  private context: Context | undefined;
  private isHttp10 = false;
  private isBegun = false;
  private isTunnel = false;
  /** All of the response, or of our side of the tunnel, was sent. */
  private isSent = false;
  private hasTunnelEnded = false;
  private isGivenUp = false;

  constructor(socket: Socket, peer: string, options: Http1WireOptions<Context>, onGone: () => void) {
    const { limits, clock, counters } = options;
    this.socket = socket;
    this.peer = peer;
    this.options = options;
    this.onGone = onGone;
    this.core = new Http1Server({ limits, latin1: latin1OfBuffer }, this);
    this.link = new Http1Link(socket, this.core, this, clock, counters);
    this.overdue = new Http1Overdue(this, this.core, this.link, options, clock.now());
  }

  get phase(): Http1ServerPhase {
    return this.core.phase;
  }

  /** Whether a request waits for its response to begin. */
  get canRespond(): boolean {
    return this.core.canRespond;
  }

  /** @throws Http1FieldError before anything is sent */
  interim(status: number, fields: readonly string[]): void {
    this.core.interim(status, fields);
    if (status === 100) this.awaitsContinue = false;
    this.touch();
  }

  /** @throws Http1FieldError before anything is sent */
  head(status: number, fields: readonly string[], endStream: boolean): void {
    this.core.head(status, fields, endStream);
    this.begun(endStream);
  }

  /** @throws Http1FieldError before anything is sent */
  forward(from: Head, fields: readonly string[], endStream: boolean, except?: FieldNames): void {
    this.core.forward(from, fields, endStream, except);
    this.begun(endStream);
  }

  /** @returns how many bytes were taken; when not all, keep the rest and wait for `onWritable` */
  data(bytes: Uint8Array, start: number, end: number, endStream: boolean): number {
    const taken = this.core.data(bytes, start, end, endStream);
    if (endStream && taken === end - start) this.isSent = true;
    this.touch();
    return taken;
  }

  end(): void {
    this.core.end();
    this.isSent = true;
    this.touch();
  }

  /** @throws Http1FieldError before anything is sent */
  trailers(fields: readonly string[], from?: Head): void {
    this.core.trailers(fields, from);
    this.isSent = true;
    this.touch();
  }

  /** Takes no more content, or bytes of the tunnel, but for what was read already; until `resume`, or the end of the exchange. */
  pause(): void {
    this.link.isHeld = true;
    this.touch();
  }

  resume(): void {
    this.link.isHeld = false;
    this.touch();
  }

  /** Something that the wire is not told of changed; all methods that send say so themselves. */
  touch(): void {
    this.link.touch();
  }

  /** Gives the exchange up: the connection closes, so that a response that was begun is seen to be broken. */
  abort(): void {
    if (this.context === undefined) return;
    this.isGivenUp = true;
    this.core.close();
    this.resetWhenAmbiguous();
    this.touch();
  }

  sweep(now: number): void {
    this.overdue.sweep(now);
  }

  /** Takes no further request: an idle connection closes at once, another one behind its current exchange. */
  drain(): void {
    this.core.drain();
    this.touch();
  }

  destroy(): void {
    this.isGivenUp = true;
    this.core.close();
    this.link.destroy({ kind: 'drained' });
  }

  /** What the core makes of a peer that is too slow: 408 where it can still be said. */
  timeOut(what: string): void {
    this.link.because({ kind: 'slow', what });
    this.link.run(() => {
      this.core.timeOut();
    });
  }

  onRequest(head: Head, endStream: boolean): void {
    this.onTurn();
    assert(this.context === undefined, 'one exchange at a time');
    const { counters, handler } = this.options;
    counters.requests += 1;
    counters.requestsOpen += 1;
    this.requests += 1;
    this.isHttp10 = head.minor === 0;
    this.awaitsContinue = head.expectsContinue;
    this.isBegun = false;
    this.isTunnel = false;
    this.isSent = false;
    this.hasTunnelEnded = false;
    this.context = handler.onRequest(this, head, endStream);
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    this.awaitsContinue = false;
    this.overdue.contentCame(end - start);
    if (this.context !== undefined) this.options.handler.onData(this.context, bytes, start, end);
  }

  onEnd(trailers: Head | undefined): void {
    if (this.context !== undefined) this.options.handler.onEnd(this.context, trailers);
  }

  onWritable(): void {
    if (this.context !== undefined) this.options.handler.onWritable(this.context);
  }

  onTunnel(bytes: Uint8Array, start: number, end: number): void {
    if (this.context !== undefined) this.options.handler.onTunnel?.(this.context, bytes, start, end);
  }

  onTunnelEnd(): void {
    this.hasTunnelEnded = true;
    if (this.context !== undefined) this.options.handler.onTunnelEnd?.(this.context);
  }

  onError(error: Http1ConnectionError): void {
    this.onTurn();
    if (error instanceof Http1MessageError) {
      this.options.counters.connectionErrors += 1;
      this.link.because({ kind: 'protocol', error });
    }
    if (this.context === undefined) return;
    this.resetWhenAmbiguous();
    this.exchangeEnds(error);
  }

  onTurn(): void {
    if (this.context === undefined) return;
    if (this.isGivenUp) this.exchangeEnds(new ExchangeLostError('us'));
    else if (this.isSent && (!this.isTunnel || this.hasTunnelEnded)) {
      // Nobody is there any more who could read what was just sent.
      this.exchangeEnds(this.socket.destroyed ? new ExchangeLostError('peer') : undefined);
    }
  }

  onPeerEnd(): void {
    if (this.context !== undefined && this.core.phase === 'response') this.options.handler.onHalfClose?.(this.context);
  }

  onWantsClose(): void {
    const { socket, link } = this;
    link.because({ kind: 'drained' });
    if (!socket.writableEnded) socket.end();
    if (this.core.phase === 'closed' && !link.isBlocked) this.overdue.lingers(this.options.clock.now());
  }

  onClose(reason: GoneReason): void {
    this.onTurn();
    this.core.close();
    if (this.context !== undefined) {
      this.exchangeEnds(new ExchangeLostError('peer', reason.kind === 'socket' ? reason.error : undefined));
    }
    this.options.handler.onGone?.(this, reason);
    this.onGone();
  }

  private begun(endStream: boolean): void {
    this.isBegun = true;
    this.isTunnel = this.core.phase === 'tunnel';
    if (endStream && !this.isTunnel) this.isSent = true;
    this.touch();
  }

  /** To HTTP/1.0 the end of the connection may be the end of the content: a broken response must not end like that. */
  private resetWhenAmbiguous(): void {
    if (this.isHttp10 && this.isBegun) this.link.reset({ kind: 'drained' });
  }

  private exchangeEnds(failure: Http1Failure | undefined): void {
    const { context } = this;
    if (context === undefined) return;
    const { counters, handler } = this.options;
    this.context = undefined;
    this.link.isHeld = false;
    counters.requestsOpen -= 1;
    if (failure !== undefined) counters.requestsBroken += 1;
    handler.onClose(context, failure);
  }
}
