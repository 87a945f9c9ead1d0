import { assert } from '@portolan/kernel';
import {
  Http1ClosedError,
  Http1MessageError,
  Http1TimeoutError,
  type Http1ConnectionError,
} from './connection-error.ts';
import type { Http1ServerEvents } from './events.ts';
import type { FieldNames } from './field-names.ts';
import { HeadWriter } from './head-writer.ts';
import type { Head } from './head.ts';
import { latin1OfBytes, type Latin1 } from './latin1.ts';
import { DEFAULT_LIMITS, type Http1Limits } from './limits.ts';
import { Output } from './output.ts';
import { Receiver } from './receiver.ts';
import { writeInterim, writeRefusal, writeResponse } from './response-head.ts';
import { Sender } from './sender.ts';
import { ServerExchange } from './server-exchange.ts';

export interface Http1ServerOptions {
  readonly limits?: Partial<Http1Limits>;
  /** Fast text of bytes. */
  readonly latin1?: Latin1;
  /** Where output is written; a driver may have a pool. Content does not matter. */
  readonly allocate?: (bytes: number) => Uint8Array;
}

/**
 * - `idle`: nothing of a request is here
 * - `head`: part of a head is here, since `headSince`
 * - `content`: the request's content is being read
 * - `response`: the request is whole and its response is not finished
 * - `drain`: the response is finished, and the rest of the request is read and dropped
 * - `tunnel`: bytes that are no HTTP go both ways
 * - `closed`: nothing is read any more
 */
export type Http1ServerPhase = 'idle' | 'head' | 'content' | 'response' | 'drain' | 'tunnel' | 'closed';

/**
 * The server's side of one HTTP/1.1 connection without I/O (RFC 9112).
 *
 * The driver's contract:
 * 1. Give what the socket has read to `receive`, and its end to `receiveEnd`.
 * 2. After these, and after methods that it called itself: write `output` if it has any bytes, `clear` or `detach` it, and call
 *    `flushed` in any case, again until the output stays empty. Requests that waited are told there.
 * 3. While `wantsRead` is false read no more.
 * 4. Once `wantsClose` is true and the output is written, end the socket's writing side. In the phase `closed` drop what comes, for a
 *    moment (a reset would destroy the answer that is on its way, RFC 9112 section 9.6), then destroy the socket.
 * 5. No clock is read here: decide by `phase`, `headSince`, `receivedAt` and `bytesReceived` who takes too long, then call `timeOut`.
 *
 * A request is answered in order and alone: those behind it wait. Once the connection failed or was closed, methods do nothing.
 */
export class Http1Server {
  readonly output: Output;
  /** Once the output is written, end the writing side of the socket. */
  wantsClose = false;
  private readonly events: Http1ServerEvents;
  private readonly limits: Http1Limits;
  private readonly receiver: Receiver;
  private readonly sender: Sender;
  private readonly writer: HeadWriter;
  private readonly exchange = new ServerExchange();
  private hasPeerEnded = false;
  private isLeaving = false;

  constructor(options: Http1ServerOptions, events: Http1ServerEvents) {
    const limits: Http1Limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.limits = limits;
    this.events = events;
    this.output = new Output(options.allocate ?? ((bytes): Uint8Array => new Uint8Array(bytes)));
    this.sender = new Sender(this.output, limits);
    this.writer = new HeadWriter(this.output);
    this.receiver = new Receiver('server', limits, options.latin1 ?? latin1OfBytes, {
      canBegin: () => this.canBegin,
      onHead: (head) => {
        this.takeHead(head);
      },
      onContent: (bytes, start, end) => {
        this.takeContent(bytes, start, end);
      },
      onEnd: (trailers) => {
        this.takeEnd(trailers);
      },
      onTunnel: (bytes, start, end) => {
        this.events.onTunnel(bytes, start, end);
      },
    });
  }

  get phase(): Http1ServerPhase {
    const { receiver, exchange } = this;
    if (receiver.isClosed) return 'closed';
    if (receiver.isTunnel) return 'tunnel';
    if (!exchange.isBusy) return receiver.isInHead ? 'head' : 'idle';
    if (exchange.isRequestWhole) return 'response';
    return exchange.isResponseWhole ? 'drain' : 'content';
  }

  /** False while more input waits behind the current request than is to be held. */
  get wantsRead(): boolean {
    const { receiver } = this;
    if (receiver.pendingBytes < this.limits.pipelinedBytes) return true;
    return receiver.isInContent || receiver.isTunnel || this.canBegin;
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

  /** Whether a request waits for its response to begin. */
  get canRespond(): boolean {
    return this.exchange.isBusy && !this.exchange.isHeadSent;
  }

  /** Takes what was read. Never throws for what a peer sends: `onError` says what was wrong with it. */
  receive(bytes: Uint8Array, start: number, end: number, now: number): void {
    if (this.receiver.isClosed) return;
    if (!this.wantsRead) {
      this.fail(new Http1MessageError('pipelined-too-much'));
      return;
    }
    try {
      this.receiver.receive(bytes, start, end, now);
    } catch (error) {
      this.refused(error);
    }
  }

  /** The peer ended its side. What it asked before is answered still. */
  receiveEnd(): void {
    const { receiver, exchange } = this;
    if (receiver.isClosed || this.hasPeerEnded) return;
    this.hasPeerEnded = true;
    if (receiver.isTunnel) {
      receiver.resume();
      this.events.onTunnelEnd();
      if (exchange.isResponseWhole) this.closeBehindOutput();
    } else if (receiver.isInContent) {
      if (exchange.isResponseWhole) this.closeBehindOutput();
      else this.fail(new Http1ClosedError('server', false));
    } else {
      this.endWhenIdle();
    }
  }

  /** Output was written, or there was none: whoever waits for room is told, and the next request if there is one. */
  flushed(): void {
    const { receiver, sender } = this;
    if (sender.isBlocked && sender.hasRoom && !receiver.isClosed) {
      sender.isBlocked = false;
      this.events.onWritable();
    }
    if (receiver.isClosed) return;
    try {
      receiver.resume();
    } catch (error) {
      this.refused(error);
    }
    if (this.hasPeerEnded && !receiver.isReading) this.endWhenIdle();
  }

  /**
   * The peer took too long to send or to read. It is told so with 408 when no response was begun and its request is not whole; an idle
   * connection closes without a word.
   */
  timeOut(): void {
    const { phase } = this;
    if (phase === 'idle') this.closeBehindOutput();
    else if (phase !== 'closed') this.fail(new Http1TimeoutError('server', phase));
  }

  /** No further request is taken: the connection closes behind the current one, or now. */
  drain(): void {
    this.isLeaving = true;
    this.exchange.keepsOpen = false;
    if (this.phase === 'idle') this.closeBehindOutput();
  }

  /** Gives up: nothing more is sent or told. Destroy the socket, so that a response that was begun is seen to be broken. */
  close(): void {
    this.closeBehindOutput();
  }

  /**
   * Sends an interim response: 100 lets the peer send the content that it waits with. HTTP/1.0 knows none: nothing is sent then.
   * @param status 1xx but 101
   * @throws Http1FieldError before anything is sent
   */
  interim(status: number, fields: readonly string[]): void {
    const { exchange } = this;
    if (this.receiver.isClosed || !exchange.isHttp11) return;
    assert(this.canRespond, 'an interim response goes before the final one');
    writeInterim(this.writer, status, fields);
    if (status === 100) exchange.awaitsContinue = false;
  }

  /**
   * Sends the response's head. Its framing is chosen here: the length that `content-length` declares; else chunks; else, to HTTP/1.0,
   * the end of the connection. 101, when the request has an `upgrade`, and a 2xx to CONNECT switch to the tunnel.
   * @param fields name, value, name, value…; `connection` may be `close`, and `transfer-encoding` is not yours
   * @throws Http1FieldError before anything is sent
   */
  head(status: number, fields: readonly string[], endStream: boolean): void {
    this.respond(status, undefined, fields, endStream, undefined);
  }

  /**
   * Sends the head of a response that another connection received: its status, its end-to-end fields but those of `except`, and its
   * length if it has one; then fields of ours.
   * @throws Http1FieldError before anything is sent
   */
  forward(from: Head, fields: readonly string[], endStream: boolean, except?: FieldNames): void {
    this.respond(from.status, from, fields, endStream, except);
  }

  /**
   * Sends content, or bytes of the tunnel, as much as the output takes. Content of a response that has none (HEAD, 204, 304) is dropped.
   * @returns how many bytes were taken; when not all, keep the rest and wait for `onWritable`. `endStream` goes with the last byte
   */
  data(bytes: Uint8Array, start: number, end: number, endStream: boolean): number {
    if (this.receiver.isClosed || this.exchange.isResponseWhole) return end - start;
    assert(this.exchange.isHeadSent, 'the head goes before content');
    const taken = this.sender.data(bytes, start, end);
    if (endStream && taken === end - start) this.end();
    return taken;
  }

  /** Ends the response, or our side of the tunnel. */
  end(): void {
    if (this.receiver.isClosed || this.exchange.isResponseWhole) return;
    assert(this.exchange.isHeadSent, 'the head goes before the end');
    this.sender.end();
    this.finish();
  }

  /**
   * Ends the response with trailers; they are dropped when it is not in chunks.
   * @param from trailers that another connection received: their end-to-end fields go first
   * @throws Http1FieldError before anything is sent
   */
  trailers(fields: readonly string[], from?: Head): void {
    if (this.receiver.isClosed || this.exchange.isResponseWhole) return;
    assert(this.exchange.isHeadSent, 'the head goes before trailers');
    this.sender.trailers(this.writer, fields, from);
    this.finish();
  }

  private get canBegin(): boolean {
    return !this.exchange.isBusy && this.sender.hasRoom;
  }

  private takeHead(head: Head): void {
    const { receiver } = this;
    const hasContent = head.isChunked || head.contentLength > 0;
    if (head.isChunked) receiver.expectChunks();
    else if (hasContent) receiver.expectLength(head.contentLength);
    this.exchange.begin(head, !hasContent, !this.isLeaving);
    this.events.onRequest(head, !hasContent);
  }

  private takeContent(bytes: Uint8Array, start: number, end: number): void {
    const { exchange } = this;
    exchange.awaitsContinue = false;
    if (!exchange.isResponseWhole) {
      this.events.onData(bytes, start, end);
      return;
    }
    exchange.drainedBytes += end - start;
    if (exchange.drainedBytes > this.limits.drainedBytes) this.closeBehindOutput();
  }

  private takeEnd(trailers: Head | undefined): void {
    const { exchange } = this;
    exchange.isRequestWhole = true;
    if (exchange.isResponseWhole) exchange.isBusy = false;
    else this.events.onEnd(trailers);
  }

  private respond(
    status: number,
    from: Head | undefined,
    fields: readonly string[],
    endStream: boolean,
    except: FieldNames | undefined,
  ): void {
    const { receiver, exchange, sender, writer } = this;
    if (receiver.isClosed) return;
    assert(this.canRespond, 'a response is begun once');
    // Content that is certainly too much to be read and dropped: say at once that the connection closes.
    const isTooMuch = endStream && receiver.declaredBytes > this.limits.drainedBytes;
    const framing = writeResponse(writer, exchange, { status, from, fields, endStream, except, isLast: isTooMuch });
    exchange.isHeadSent = true;
    sender.begin(framing === 'tunnel' ? 'untilEnd' : framing, writer.contentLength);
    if (framing === 'tunnel') receiver.expectTunnel();
    else if (endStream) this.finish();
  }

  private finish(): void {
    const { receiver, exchange } = this;
    exchange.isResponseWhole = true;
    if (receiver.isTunnel) {
      this.wantsClose = true;
      if (this.hasPeerEnded) this.closeBehindOutput();
    } else if (!exchange.keepsOpen || receiver.declaredBytes > this.limits.drainedBytes) {
      this.closeBehindOutput();
    } else if (exchange.isRequestWhole) {
      exchange.isBusy = false;
    }
  }

  /** The peer sends no more: what is left of its input is no request. */
  private endWhenIdle(): void {
    if (this.receiver.isClosed || !this.canBegin) return;
    if (this.receiver.isInHead) this.fail(new Http1ClosedError('server', false));
    else this.closeBehindOutput();
  }

  private closeBehindOutput(): void {
    this.receiver.close();
    this.exchange.isBusy = false;
    this.wantsClose = true;
  }

  private refused(error: unknown): void {
    if (error instanceof Http1MessageError) this.fail(error);
    else throw error;
  }

  private fail(error: Http1ConnectionError): void {
    const { phase } = this;
    const mayAnswer = (phase === 'content' && this.canRespond) || !this.exchange.isBusy;
    this.closeBehindOutput();
    if (mayAnswer) writeRefusal(this.output, error, phase === 'content' && this.exchange.isHead);
    this.events.onError(error);
  }
}
