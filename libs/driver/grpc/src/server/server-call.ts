import { ERROR_CODE, type ErrorCode, type FieldSection, type StreamId } from '@portolan/http2';
import type { Http2Wire } from '@portolan/http';
import { assert } from '@portolan/kernel';
import {
  checkInFlight,
  checkMetadataBytes,
  failureOf,
  grpcStatusName,
  PRINCIPAL_HEADER,
  type MethodMetrics,
} from '@portolan/rpc/serving';
import type { BookedCall } from '../call-book.ts';
import { UnknownMethodError } from '../call-errors.ts';
import { messageTooLarge } from '../wire/compression.ts';
import { metadataBytes, metadataOf } from '../wire/metadata.ts';
import { Answer } from './answer.ts';
import { contextOf, type ServerCallContext } from './call-context.ts';
import { callerGone, deadlinePassed, takenInTime } from './call-end.ts';
import { httpRefusal, readTimeout } from './call-head.ts';
import type { CallScope } from './call-scope.ts';
import { HandlerRun, type RunOwner } from './handler-run.ts';
import { Holding } from './holding.ts';
import type { MethodEntry } from './method-entry.ts';
import type { PooledBytesCall } from './pooled-bytes-call.ts';
import { RequestSide, type RequestOwner } from './request-side.ts';

/** A client that was answered has this long to stop sending by itself, ms. */
const HUSH_MS = 100;
/** A deadline that is so near is what ended a call whose client left, ms: clients give up a little before the server's timer. */
const DEADLINE_SLACK_MS = 20;

/**
 * One call on the server, from its head to its status: its request, the run of its handler, its answer. Hot path (apps/bench/wire): it is
 * used again for another call once its stream is closed and its handler has ended, so that a call costs what its handler is given (a
 * context, the decoded request) and what that makes.
 */
export class ServerCall implements BookedCall, RequestOwner, RunOwner {
  bookIndex = -1;
  deadlineAt = Infinity;
  path = '';
  /** It was answered, or nobody waits any more. */
  isOver = false;
  readonly request: RequestSide<ServerCall>;
  private readonly scope: CallScope;
  private readonly onFree: (call: ServerCall) => void;
  private readonly answer = new Answer<ServerCall>();
  private readonly run: HandlerRun;
  private readonly holding: Holding;
  private wire: Http2Wire<ServerCall> | undefined;
  private stream = 0 as StreamId;
  private entry: MethodEntry | undefined;
  private beganAt = 0;
  private counted: MethodMetrics | undefined;
  private isClosed = false;

  /** @param onFree takes it back when nothing refers to it any more */
  constructor(scope: CallScope, onFree: (call: ServerCall) => void) {
    this.scope = scope;
    this.onFree = onFree;
    this.request = new RequestSide(scope, this);
    this.run = new HandlerRun(this);
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
    this.request.begin(wire, stream);
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
      if (this.entry?.requestStream === true) this.run.start();
    } catch (error) {
      this.fail(error);
    }
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    const { request } = this;
    request.received(end - start);
    if (!this.isOver) this.read(bytes, start, end);
    request.takeMore();
  }

  onEnd(): void {
    if (!this.isOver) this.request.end();
  }

  arrived(whenPlain: Promise<void> | undefined): void {
    if (whenPlain === undefined) this.run.start();
    else this.run.startWhen(whenPlain);
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
    this.request.lost();
    this.answer.lost();
    this.holding.end();
    this.scope.book.remove(this);
    if (!this.isOver) {
      const isLate = this.scope.clock.now() >= this.deadlineAt - DEADLINE_SLACK_MS;
      this.abort(isLate ? deadlinePassed() : callerGone());
    }
    this.settled();
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
    const { context } = this.run;
    this.answer.fail(failureOf(reason, this.path, this.scope.logger), context?.headers, context?.trailers);
    this.hushLater();
  }

  taken(): void {
    this.request.one.drop();
    this.countHeld();
  }

  contextOf(bytesCall: PooledBytesCall): ServerCallContext {
    const { scope, deadlineAt } = this;
    const timeoutMs = deadlineAt === Infinity ? undefined : deadlineAt - scope.clock.now();
    const fields = bytesCall.copyOfFields();
    return contextOf(this.path, this.wire?.peer ?? '', timeoutMs, scope, fields, bytesCall.principal);
  }

  encode(message: unknown): Buffer {
    assert(this.entry !== undefined, 'a call that was let in has a method');
    this.holding.check();
    return this.entry.bound.definition.responseSerialize(message);
  }

  send(bytes: Uint8Array, start: number, end: number): Promise<void> | undefined {
    this.holding.check();
    const { messageBytes } = this.scope.responseLimits;
    if (end - start > messageBytes) throw messageTooLarge('response', end - start, messageBytes);
    this.answer.head(this.run.context?.headers);
    return this.answer.message(bytes, start, end);
  }

  waitFor(room: Promise<void>): Promise<void> {
    this.countHeld();
    return takenInTime(room, this.scope, this.path, this);
  }

  succeed(): void {
    const { context } = this.run;
    this.finish(0);
    // Of a stream without answers it is the first word.
    this.answer.head(context?.headers);
    this.answer.succeed(context?.trailers);
    this.countHeld();
    // It takes as long as its caller does, within its deadline.
    if (this.answer.unsentBytes > 0) return;
    this.scope.book.remove(this);
    this.hushLater();
  }

  fail(error: unknown): void {
    const { context } = this.run;
    const failure = failureOf(error, this.path, this.scope.logger);
    this.finish(failure.code);
    this.scope.book.remove(this);
    this.request.drop();
    this.answer.fail(failure, context?.headers, context?.trailers);
    this.countHeld();
    this.hushLater();
  }

  settled(): void {
    if (!this.isClosed || this.run.isRunning) return;
    this.entry = undefined;
    this.counted = undefined;
    this.deadlineAt = Infinity;
    this.request.reset();
    this.run.reset();
    this.onFree(this);
  }

  /** @throws PortolanError why the call is not let in */
  private admit(head: FieldSection): void {
    const { scope, entry, run, wire } = this;
    if (entry === undefined) throw new UnknownMethodError(head.path);
    this.counted = scope.metrics?.begin(head.path);
    checkInFlight(scope.book.size, scope.limits);
    checkMetadataBytes(metadataBytes(head), scope.limits);
    this.request.admit(entry, head);
    const timeoutMs = readTimeout(head);
    this.deadlineAt = timeoutMs === undefined ? Infinity : this.beganAt + timeoutMs;
    const who = scope.callers?.principalOf(wire?.socket, head.get(PRINCIPAL_HEADER));
    if (entry.answerBytes === undefined) {
      run.begin(entry, contextOf(head.path, wire?.peer ?? '', timeoutMs, scope, metadataOf(head), who));
    } else {
      run.bytesCall.begin(head, who);
      run.begin(entry, undefined);
    }
    scope.book.add(this);
  }

  private read(bytes: Uint8Array, start: number, end: number): void {
    const { request } = this;
    const isHolding = request.read(bytes, start, end);
    this.countHeld();
    if (isHolding && !this.isOver) this.checkHeld();
    if (this.isOver) request.forgetPart();
  }

  private checkHeld(): void {
    try {
      this.holding.check();
    } catch (error) {
      this.fail(error);
    }
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
    this.request.many?.abandon(reason);
    this.run.abort(reason);
  }

  private finish(code: number): void {
    const { scope } = this;
    this.isOver = true;
    this.run.bytesCall.isOver = true;
    const durationMs = scope.clock.now() - this.beganAt;
    const status = grpcStatusName(code);
    this.counted?.end(status, durationMs);
    if (!scope.logger.isLevelEnabled('debug')) return;
    scope.logger.debug({ method: this.path, status, durationMs, peer: this.wire?.peer }, 'call');
  }

  private countHeld(): void {
    this.holding.set(this.request.heldBytes + this.answer.unsentBytes);
  }
}
