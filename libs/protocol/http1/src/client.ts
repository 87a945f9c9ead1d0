import {
  Http1ClosedError,
  Http1MessageError,
  Http1TimeoutError,
  refuse,
  type Http1ConnectionError,
} from './connection-error.ts';
import type { Http1ClientEvents } from './events.ts';
import { HeadWriter } from './head-writer.ts';
import { NONE, type Head } from './head.ts';
import { latin1OfBytes, type Latin1 } from './latin1.ts';
import { DEFAULT_CLIENT_LIMITS, type Http1Limits } from './limits.ts';
import { Output } from './output.ts';
import { Receiver } from './receiver.ts';
import { writeForwarded, writeRequest, type ForwardOptions } from './request-head.ts';
import { Sender, type Framing } from './sender.ts';

export interface Http1ClientOptions {
  readonly limits?: Partial<Http1Limits>;
  /** Fast text of bytes. */
  readonly latin1?: Latin1;
  /** Where output is written; a driver may have a pool. Content does not matter. */
  readonly allocate?: (bytes: number) => Uint8Array;
}

/**
 * - `idle`: no exchange; `canRequest` says whether there can be one
 * - `waiting`: a request was begun, and nothing of its response is here
 * - `head`: part of a response's head is here, or an interim response was
 * - `content`: the response's content is being read
 * - `sending`: the response is whole and the request is not
 * - `tunnel`: bytes that are no HTTP go both ways
 * - `closed`: nothing is read any more
 */
export type Http1ClientPhase = 'idle' | 'waiting' | 'head' | 'content' | 'sending' | 'tunnel' | 'closed';

/**
 * The client's side of one HTTP/1.1 connection without I/O (RFC 9112). One exchange at a time: requests are not pipelined, since one slow
 * or broken response would hold or lose all those behind it.
 *
 * The driver's contract is that of `Http1Server`, but that a client always wants to read. A connection whose phase is `idle`, and
 * `canRequest` true, can be used again.
 */
export class Http1Client {
  readonly output: Output;
  /** Once the output is written, end the writing side of the socket; in the phase `closed` destroy it. */
  wantsClose = false;
  private readonly events: Http1ClientEvents;
  private readonly limits: Http1Limits;
  private readonly receiver: Receiver;
  private readonly sender: Sender;
  private readonly writer: HeadWriter;
  private isRequestWhole = true;
  private isResponseWhole = true;
  private keepsOpen = true;
  private hasPeerEnded = false;
  /** The current request, as far as the reading of its response depends on it. */
  private isHead = false;
  private isConnect = false;
  private asksUpgrade = false;
  private interims = 0;
  private bytesBefore = 0;
  /** The request was begun while what came before it was still being read: that answers nothing. */
  private isBehindInput = false;

  constructor(options: Http1ClientOptions, events: Http1ClientEvents) {
    const limits: Http1Limits = { ...DEFAULT_CLIENT_LIMITS, ...options.limits };
    this.limits = limits;
    this.events = events;
    this.output = new Output(options.allocate ?? ((bytes): Uint8Array => new Uint8Array(bytes)));
    this.sender = new Sender(this.output, limits);
    this.writer = new HeadWriter(this.output);
    this.receiver = new Receiver('client', limits, options.latin1 ?? latin1OfBytes, {
      canBegin: () => {
        if (this.isResponseWhole || this.isBehindInput) refuse('unsolicited');
        return true;
      },
      onHead: (head) => {
        this.takeHead(head);
      },
      onContent: (bytes, start, end) => {
        this.events.onData(bytes, start, end);
      },
      onEnd: (trailers) => {
        this.isResponseWhole = true;
        this.events.onEnd(trailers);
        this.settle();
      },
      onTunnel: (bytes, start, end) => {
        this.events.onTunnel(bytes, start, end);
      },
    });
  }

  get phase(): Http1ClientPhase {
    const { receiver } = this;
    if (receiver.isClosed) return 'closed';
    if (receiver.isTunnel) return 'tunnel';
    if (this.isResponseWhole) return this.isRequestWhole ? 'idle' : 'sending';
    if (receiver.isInContent) return 'content';
    return this.hasAnswered ? 'head' : 'waiting';
  }

  /** Whether a request can be begun: none is in progress, and the connection stays open. */
  get canRequest(): boolean {
    return (
      this.isRequestWhole &&
      this.isResponseWhole &&
      this.keepsOpen &&
      !this.hasPeerEnded &&
      !this.wantsClose &&
      !this.receiver.isClosed
    );
  }

  /** All bytes that were received. */
  get bytesReceived(): number {
    return this.receiver.bytesReceived;
  }

  /** When bytes came last: `now` of `receive`. */
  get receivedAt(): number {
    return this.receiver.receivedAt;
  }

  /** When the first byte of the current head came; of use in the phase `head`. */
  get headSince(): number {
    return this.receiver.headSince;
  }

  /** Takes what was read. Never throws for what a peer sends: `onError` says what was wrong with it. */
  receive(bytes: Uint8Array, start: number, end: number, now: number): void {
    if (this.receiver.isClosed) return;
    this.isBehindInput = false;
    try {
      this.receiver.receive(bytes, start, end, now);
    } catch (error) {
      if (!(error instanceof Http1MessageError)) throw error;
      this.fail(new Http1MessageError(error.reason, 'client'));
    }
  }

  /** The peer ended its side: the end of a response that has no other one, and an error within any other. */
  receiveEnd(): void {
    const { receiver } = this;
    if (receiver.isClosed || this.hasPeerEnded) return;
    this.hasPeerEnded = true;
    if (receiver.isTunnel) {
      this.events.onTunnelEnd();
      if (this.isRequestWhole) this.closeBehindOutput();
    } else if (receiver.isUntilEnd) {
      this.isResponseWhole = true;
      this.events.onEnd(undefined);
      this.closeBehindOutput();
    } else if (this.isResponseWhole) {
      this.closeBehindOutput();
    } else {
      this.fail(new Http1ClosedError('client', !this.hasAnswered));
    }
  }

  /** Output was written, or there was none: whoever waits for room is told. */
  flushed(): void {
    const { receiver, sender } = this;
    if (!sender.isBlocked || !sender.hasRoom || receiver.isClosed) return;
    sender.isBlocked = false;
    this.events.onWritable();
  }

  /** The peer took too long: an exchange in progress ends with an error, an idle connection without. */
  timeOut(): void {
    const { phase } = this;
    if (phase === 'idle') this.closeBehindOutput();
    else if (phase !== 'closed') this.fail(new Http1TimeoutError('client', phase));
  }

  /** Gives up: nothing more is sent or told. Destroy the socket. */
  close(): void {
    this.closeBehindOutput();
  }

  /**
   * Begins a request. Its framing is chosen here: the length that `content-length` declares, else chunks.
   * @param target as it is to be sent: `/path` to a server, `http://host/path` to a proxy, `host:port` with CONNECT
   * @param fields name, value, name, value…; `host` is one of them, `connection` may be `close`, and `transfer-encoding` is not yours
   * @returns false when `canRequest` is false
   * @throws Http1FieldError before anything is sent
   */
  request(method: string, target: string, fields: readonly string[], endStream: boolean): boolean {
    if (!this.canRequest) return false;
    const framing = writeRequest(this.writer, method, target, fields, endStream);
    this.began(method, framing, endStream);
    return true;
  }

  /**
   * Begins a request that another connection received: its method, its target in origin form, its end-to-end fields, and its length if it
   * has one; then fields of ours. Host goes with it unless it is one of `except`, and then must be one of ours.
   * @returns false when `canRequest` is false
   * @throws Http1FieldError before anything is sent
   */
  forward(from: Head, fields: readonly string[], endStream: boolean, options: ForwardOptions = {}): boolean {
    if (!this.canRequest) return false;
    const framing = writeForwarded(this.writer, from, fields, endStream, options);
    this.began(from.method, framing, endStream);
    return true;
  }

  /**
   * Sends content, or bytes of the tunnel, as much as the output takes.
   * @returns how many bytes were taken; when not all, keep the rest and wait for `onWritable`. `endStream` goes with the last byte
   */
  data(bytes: Uint8Array, start: number, end: number, endStream: boolean): number {
    if (this.receiver.isClosed || this.isRequestWhole) return end - start;
    const taken = this.sender.data(bytes, start, end);
    if (endStream && taken === end - start) this.end();
    return taken;
  }

  /** Ends the request, or our side of the tunnel. */
  end(): void {
    if (this.receiver.isClosed || this.isRequestWhole) return;
    this.sender.end();
    this.finish();
  }

  /**
   * Ends the request with trailers; they are dropped when it is not in chunks.
   * @param from trailers that another connection received: their end-to-end fields go first
   * @throws Http1FieldError before anything is sent
   */
  trailers(fields: readonly string[], from?: Head): void {
    if (this.receiver.isClosed || this.isRequestWhole) return;
    this.sender.trailers(this.writer, fields, from);
    this.finish();
  }

  private get hasAnswered(): boolean {
    return this.receiver.bytesReceived > this.bytesBefore;
  }

  private began(method: string, framing: Framing, endStream: boolean): void {
    this.sender.begin(framing, this.writer.contentLength);
    this.isRequestWhole = endStream;
    this.isResponseWhole = false;
    this.keepsOpen = !this.writer.closes;
    this.isHead = method === 'HEAD';
    this.isConnect = method === 'CONNECT';
    this.asksUpgrade = this.writer.hasUpgrade;
    this.interims = 0;
    this.bytesBefore = this.receiver.bytesReceived;
    this.isBehindInput = this.receiver.isReading;
  }

  private takeHead(head: Head): void {
    const { status } = head;
    if (status < 200 && status !== 101) {
      this.interims += 1;
      if (this.interims > this.limits.interims) refuse('too-many-interims');
      this.events.onInterim(head);
      return;
    }
    const isSwitch = status === 101 || (this.isConnect && status < 300);
    if (status === 101 && !(this.asksUpgrade && head.upgradeIndex !== NONE)) refuse('switch-unasked');
    if (isSwitch) {
      this.receiver.expectTunnel();
      this.sender.begin('untilEnd', 0);
      this.isRequestWhole = false;
      this.keepsOpen = false;
      this.events.onResponse(head, false);
      return;
    }
    if (head.closes || (head.minor === 0 && !head.keepsAlive)) this.keepsOpen = false;
    const hasContent = this.expectContent(head);
    if (!hasContent) this.isResponseWhole = true;
    this.events.onResponse(head, !hasContent);
    this.settle();
  }

  /** How the content of a response is framed (RFC 9112, section 6.3). @returns whether it has any */
  private expectContent(head: Head): boolean {
    const { receiver } = this;
    const { status, contentLength } = head;
    if (this.isHead || status === 204 || status === 304) return false;
    if (head.isChunked) {
      receiver.expectChunks();
    } else if (contentLength === NONE) {
      this.keepsOpen = false;
      receiver.expectUntilEnd();
    } else if (contentLength > 0) {
      receiver.expectLength(contentLength);
    } else {
      return false;
    }
    return true;
  }

  private finish(): void {
    this.isRequestWhole = true;
    if (this.receiver.isTunnel) {
      this.wantsClose = true;
      if (this.hasPeerEnded) this.closeBehindOutput();
    } else {
      this.settle();
    }
  }

  /** When both sides have said all, the connection is used again or closes; a response that closes does not wait for the request. */
  private settle(): void {
    if (this.isResponseWhole && !this.keepsOpen) this.closeBehindOutput();
  }

  private closeBehindOutput(): void {
    this.receiver.close();
    this.wantsClose = true;
  }

  private fail(error: Http1ConnectionError): void {
    this.closeBehindOutput();
    this.events.onError(error);
  }
}
