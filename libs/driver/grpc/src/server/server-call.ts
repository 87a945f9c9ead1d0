import { ERROR_CODE, type ErrorCode, type FieldSection, type StreamId } from '@portolan/http2';
import type { Http2Wire } from '@portolan/http';
import { assert, type PortolanError } from '@portolan/kernel';
import {
  abortable,
  checkInFlight,
  checkMessage,
  checkMetadataBytes,
  decodeRequest,
  failureOf,
  grpcStatusName,
  iterate,
  PRINCIPAL_HEADER,
  release,
  type MethodMetrics,
} from '@portolan/rpc/serving';
import { readTraceHeaders, runInTrace } from '@portolan/telemetry';
import { CompressedMessage, messageAt, messageTooLarge, type MessageEncoding } from '../wire/compression.ts';
import { MessageReader } from '../wire/message-reader.ts';
import { metadataBytes } from '../wire/metadata.ts';
import { Answer } from './answer.ts';
import type { BookedCall } from '../call-book.ts';
import { contextOf, type ServerCallContext } from './call-context.ts';
import { callerGone, deadlinePassed, takenInTime } from './call-end.ts';
import type { CallScope } from './call-scope.ts';
import { CardinalityError, MalformedCallError, UnknownMethodError } from '../call-errors.ts';
import { httpRefusal, readEncoding, readTimeout } from './call-head.ts';
import { Holding } from './holding.ts';
import type { MethodEntry } from './method-entry.ts';
import { OneRequest } from './one-request.ts';
import { PooledBytesCall, type BytesCallEnd } from './pooled-bytes-call.ts';
import { requestDecoder } from './request-decoder.ts';
import { MessageStream } from '../wire/message-stream.ts';

/** A client that was answered has this long to stop sending by itself, ms. */
const HUSH_MS = 100;
/** A deadline that is so near is what ended a call whose client left, ms: clients give up a little before the server's timer. */
const DEADLINE_SLACK_MS = 20;

/**
 * One call on the server, from its head to its status: reads the request, runs the handler, sends the answer. Hot path
 * (apps/bench/wire): it is used again for another call once its stream is closed and its handler has ended, so that a call costs
 * what its handler is given (a context, the decoded request) and what that makes.
 */
export class ServerCall implements BookedCall, BytesCallEnd {
  bookIndex = -1;
  deadlineAt = Infinity;
  private readonly scope: CallScope;
  private readonly onFree: (call: ServerCall) => void;
  private readonly answer = new Answer<ServerCall>();
  private readonly reader: MessageReader;
  private wire: Http2Wire<ServerCall> | undefined;
  private stream = 0 as StreamId;
  private path = '';
  private entry: MethodEntry | undefined;
  private context: ServerCallContext | undefined;
  private encoding: MessageEncoding = 'identity';
  private readonly request = new OneRequest();
  private readonly bytesCall: PooledBytesCall;
  private requests: MessageStream<Buffer | CompressedMessage, unknown> | undefined;
  private answers: AsyncIterator<unknown> | undefined;
  /** Content whose room the peer was not given back. */
  private unconsumed = 0;
  private readonly holding: Holding;
  private beganAt = 0;
  private counted: MethodMetrics | undefined;
  /** It was answered, or nobody waits any more: what the handler still says is not heard. */
  private isOver = false;
  /** The handler may still call back. */
  private isRunning = false;
  private isClosed = false;

  /** @param onFree takes it back when nothing refers to it any more */
  constructor(scope: CallScope, onFree: (call: ServerCall) => void) {
    this.scope = scope;
    this.onFree = onFree;
    this.reader = new MessageReader(scope.limits.messageBytes, this.onMessage, this.onTooLarge);
    this.bytesCall = new PooledBytesCall(this);
    this.holding = new Holding(scope.limits.messageBytes);
  }

  /** A stream begins. */
  begin(wire: Http2Wire<ServerCall>, stream: StreamId, head: FieldSection): void {
    const { scope } = this;
    this.wire = wire;
    this.stream = stream;
    this.path = head.path;
    this.isOver = false;
    this.isClosed = false;
    this.beganAt = scope.clock.now();
    this.answer.begin(wire, stream, scope.plainHead);
    this.holding.begin(wire);
    const refusal = httpRefusal(head);
    if (refusal !== undefined) {
      this.isOver = true;
      this.answer.refuse(refusal);
      this.hushLater();
      return;
    }
    this.entry = scope.methods.get(head.path);
    try {
      this.admit(head);
      if (this.entry?.requestStream === true) this.start();
    } catch (error) {
      this.fail(error);
    }
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    this.unconsumed += end - start;
    if (!this.isOver) this.read(bytes, start, end);
    this.takeMore();
  }

  onEnd(): void {
    if (this.isOver) return;
    if (this.reader.isMidway) {
      this.fail(new MalformedCallError('the request ends within a message'));
    } else if (this.requests !== undefined) {
      // Node's clients end a stream just before they reset it: wait for what follows, or a crash looks like a client that had no
      // more to say.
      const { requests } = this;
      setImmediate(() => {
        requests.finish();
      });
    } else if (!this.request.isHere) {
      this.fail(new CardinalityError(this.path, 'no'));
    } else if (this.request.compressed !== undefined) {
      this.startInflated();
    } else {
      this.start();
    }
  }

  onWritable(): void {
    const isSaid = this.answer.writable();
    this.countHeld();
    if (!isSaid) return;
    this.scope.book.remove(this);
    this.hushLater();
  }

  /** The stream is gone. */
  onClose(): void {
    this.isClosed = true;
    this.wire = undefined;
    this.answer.lost();
    this.holding.end();
    this.scope.book.remove(this);
    if (!this.isOver) {
      const isLate = this.scope.clock.now() >= this.deadlineAt - DEADLINE_SLACK_MS;
      this.abort(isLate ? deadlinePassed() : callerGone());
    }
    this.recycle();
  }

  expire(): void {
    this.end(deadlinePassed());
  }

  /** Ends a call that was not answered yet, and tells both the handler and the caller why; or that does not take its answer. */
  end(reason: Error): void {
    if (this.isOver) {
      if (this.answer.unsentBytes > 0) this.reset(ERROR_CODE.cancel);
      return;
    }
    this.abort(reason);
    this.answer.fail(failureOf(reason, this.path, this.scope.logger), this.context?.headers, this.context?.trailers);
    this.hushLater();
  }

  /** Of its bytes handler. */
  answered(bytes: Uint8Array, start: number, end: number): void {
    if (!this.isOver) {
      try {
        this.holding.check();
        this.answer.head(undefined);
        void this.answer.message(bytes, start, end);
        this.succeed();
      } catch (error) {
        this.fail(error);
      }
    }
    this.settled();
  }

  refused(error: PortolanError): void {
    this.onFailure(error);
  }

  /** @throws PortolanError why the call is not let in */
  private admit(head: FieldSection): void {
    const { scope, entry } = this;
    if (entry === undefined) throw new UnknownMethodError(head.path);
    this.counted = scope.metrics?.begin(head.path);
    checkInFlight(scope.book.size, scope.limits);
    checkMetadataBytes(metadataBytes(head), scope.limits);
    this.encoding = readEncoding(head);
    const timeoutMs = readTimeout(head);
    this.deadlineAt = timeoutMs === undefined ? Infinity : this.beganAt + timeoutMs;
    const who = scope.callers?.principalOf(this.wire?.socket, head.get(PRINCIPAL_HEADER));
    if (entry.answerBytes === undefined) this.context = contextOf(head, this.wire?.peer ?? '', timeoutMs, scope, who);
    else this.bytesCall.begin(head.get(PRINCIPAL_HEADER), who);
    scope.book.add(this);
    if (entry.requestStream) {
      this.requests = new MessageStream(requestDecoder(entry.bound, scope.limits), this.takeMore);
    }
  }

  private start(): void {
    const { context, entry, request } = this;
    if (entry?.answerBytes !== undefined) {
      const { bytes, start, end } = request;
      this.isRunning = true;
      request.drop();
      try {
        entry.answerBytes(bytes, start, end, this.bytesCall);
      } catch (error) {
        this.onFailure(error);
      }
      return;
    }
    assert(context !== undefined, 'a call that was let in has a context');
    this.isRunning = true;
    runInTrace(readTraceHeaders(context.metadata), this.run);
  }

  private readonly run = (): void => {
    if (this.entry?.interceptors.length === 0) this.invoke();
    else void this.intercept().then(this.invoke, this.onFailure);
  };

  private async intercept(): Promise<void> {
    const { context, entry } = this;
    assert(context !== undefined && entry !== undefined, 'a call that was let in has a method and a context');
    for (const intercept of entry.interceptors) await abortable(intercept(context), context.signal);
  }

  private readonly invoke = (): void => {
    const { entry, context } = this;
    assert(context !== undefined && entry !== undefined, 'a call that was let in has a method and a context');
    if (this.isOver) {
      this.settled();
      return;
    }
    try {
      const { bound } = entry;
      const input = this.requests ?? decodeRequest(bound, this.request.buffer);
      this.request.drop();
      this.countHeld();
      const result = bound.handle(input, context);
      if (entry.responseStream) {
        this.answers = iterate(result, this.path);
        void this.sendAll(this.answers, entry);
      } else {
        Promise.resolve(result).then(this.onAnswer, this.onFailure);
      }
    } catch (error) {
      this.onFailure(error);
    }
  };

  private readonly onAnswer = (message: unknown): void => {
    const { entry } = this;
    if (!this.isOver && entry !== undefined) {
      try {
        const bytes = this.encode(message, entry);
        this.answer.head(this.context?.headers);
        // The status waits for it by itself.
        void this.answer.message(bytes, 0, bytes.length);
        this.succeed();
      } catch (error) {
        this.fail(error);
      }
    }
    this.settled();
  };

  private readonly onFailure = (error: unknown): void => {
    if (!this.isOver) this.fail(error);
    this.settled();
  };

  /** Sends the answers of a streaming method, no faster than the caller takes them. Never rejects. */
  private async sendAll(answers: AsyncIterator<unknown>, entry: MethodEntry): Promise<void> {
    try {
      for (let next = await answers.next(); !this.isOver && next.done !== true; next = await answers.next()) {
        const bytes = this.encode(next.value, entry);
        this.answer.head(this.context?.headers);
        const room = this.answer.message(bytes, 0, bytes.length);
        if (room === undefined) continue;
        this.countHeld();
        await takenInTime(room, this.scope, this.path, this);
      }
      if (!this.isOver) {
        this.answer.head(this.context?.headers);
        this.succeed();
      }
    } catch (error) {
      if (!this.isOver) {
        release(answers);
        this.fail(error);
      }
    }
    this.settled();
  }

  private encode(message: unknown, { bound }: MethodEntry): Buffer {
    this.holding.check();
    const bytes = bound.definition.responseSerialize(message);
    checkMessage(bytes, 'response', this.scope.responseLimits);
    return bytes;
  }

  private succeed(): void {
    this.finish(0);
    this.answer.succeed(this.context?.trailers);
    this.countHeld();
    // It takes as long as its caller does, within its deadline.
    if (this.answer.unsentBytes > 0) return;
    this.scope.book.remove(this);
    this.hushLater();
  }

  private fail(error: unknown): void {
    const failure = failureOf(error, this.path, this.scope.logger);
    this.finish(failure.code);
    this.scope.book.remove(this);
    this.request.drop();
    this.requests?.finish();
    this.answer.fail(failure, this.context?.headers, this.context?.trailers);
    this.countHeld();
    this.hushLater();
  }

  /**
   * All is said: what the peer still sends is of no use (RFC 9113, section 8.1). Node's clients lose an answer that a reset follows
   * at once, so it waits a little.
   */
  private hushLater(): void {
    const { wire, stream, scope } = this;
    if (wire === undefined) return;
    const code = this.answer.unsentBytes > 0 ? ERROR_CODE.cancel : ERROR_CODE.noError;
    scope.clock.after(HUSH_MS, () => {
      wire.core.reset(stream, code);
      wire.touch();
    });
  }

  /** Ends the stream now. */
  private reset(code: ErrorCode): void {
    const { wire } = this;
    wire?.core.reset(this.stream, code);
    wire?.touch();
  }

  /** The handler learns that nobody waits for it. */
  private abort(reason: Error): void {
    const failure = failureOf(reason, this.path, this.scope.logger);
    this.finish(failure.code);
    this.scope.book.remove(this);
    this.context?.abort(reason);
    this.requests?.abandon(reason);
    if (this.answers !== undefined) release(this.answers);
  }

  private finish(code: number): void {
    const { scope } = this;
    this.isOver = true;
    this.bytesCall.isOver = true;
    const durationMs = scope.clock.now() - this.beganAt;
    const status = grpcStatusName(code);
    this.counted?.end(status, durationMs);
    if (!scope.logger.isLevelEnabled('debug')) return;
    scope.logger.debug({ method: this.path, status, durationMs, peer: this.wire?.peer }, 'call');
  }

  private readonly onMessage = (bytes: Uint8Array, start: number, end: number, isCompressed: boolean): void => {
    if (this.isOver) return;
    try {
      if (this.request.isHere) throw new CardinalityError(this.path, 'more than one');
      if (this.entry?.answerBytes !== undefined && !isCompressed) {
        this.request.keep(bytes, start, end);
        return;
      }
      const message = messageAt(bytes, start, end, isCompressed, this.encoding);
      if (this.requests !== undefined) this.requests.push(message);
      else if (message instanceof CompressedMessage) this.request.keepCompressed(message);
      else this.request.keep(message, 0, message.length);
    } catch (error) {
      this.fail(error);
    }
  };

  private startInflated(): void {
    try {
      const later = this.request.inflate(this.scope.limits);
      if (later === undefined) {
        this.start();
        return;
      }
      this.isRunning = true;
      later.then(this.onInflated, this.onFailure);
    } catch (error) {
      this.fail(error);
    }
  }

  private readonly onInflated = (): void => {
    if (this.isOver) this.settled();
    else this.start();
  };

  private read(bytes: Uint8Array, start: number, end: number): void {
    this.reader.read(bytes, start, end);
    this.countHeld();
    if (this.isOver) {
      this.reader.reset();
    } else if (this.reader.gatheredSize > 0 || this.request.isHere) {
      try {
        this.holding.check();
      } catch (error) {
        this.fail(error);
        this.reader.reset();
      }
    }
  }

  private readonly onTooLarge = (bytes: number): void => {
    this.fail(messageTooLarge('request', bytes, this.scope.limits.messageBytes));
  };

  private countHeld(): void {
    this.holding.set(this.reader.gatheredSize + this.request.size + this.answer.unsentBytes);
  }

  /** Gives back room to the peer, unless the handler is behind. */
  private readonly takeMore = (): void => {
    const { wire, unconsumed, requests } = this;
    if (unconsumed === 0 || wire === undefined || (!this.isOver && requests?.isFull === true)) return;
    this.unconsumed = 0;
    wire.consume(this.stream, unconsumed);
    wire.touch();
  };

  /** The handler will not call back any more. */
  private settled(): void {
    this.isRunning = false;
    this.recycle();
  }

  private recycle(): void {
    if (!this.isClosed || this.isRunning) return;
    this.entry = undefined;
    this.context = undefined;
    this.request.drop();
    this.requests = undefined;
    this.answers = undefined;
    this.counted = undefined;
    this.unconsumed = 0;
    this.deadlineAt = Infinity;
    this.reader.reset();
    this.onFree(this);
  }
}
