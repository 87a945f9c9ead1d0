import { ERROR_CODE, type FieldSection, type StreamId } from '@portolan/http2';
import type { Http2Wire } from '@portolan/http';
import { assert, epochMillis, type Clock } from '@portolan/kernel';
import { cancellationOf, type RpcLimits } from '@portolan/rpc';
import {
  abortable,
  checkInFlight,
  checkMessage,
  checkMetadataBytes,
  decodeRequest,
  failureOf,
  grpcStatusName,
  iterate,
  release,
  type CallMetrics,
} from '@portolan/rpc/serving';
import { readTraceHeaders, runInTrace, type Logger } from '@portolan/telemetry';
import {
  ACCEPTED_ENCODINGS,
  encodingOf,
  messageTooLarge,
  plainMessage,
  type MessageEncoding,
} from '../wire/compression.ts';
import { MessageReader } from '../wire/message-reader.ts';
import { bytesOf, metadataOf, NO_FIELDS, type Fields } from '../wire/metadata.ts';
import { parseTimeout } from '../wire/timeout.ts';
import { Answer } from './answer.ts';
import type { BookedCall, CallBook } from '../call-book.ts';
import { ServerCallContext } from './call-context.ts';
import { CardinalityError, MalformedCallError, UnknownEncodingError, UnknownMethodError } from '../call-errors.ts';
import type { MethodEntry } from './method-entry.ts';
import { MessageStream } from '../wire/message-stream.ts';

/** What all calls of one server share. */
export interface CallScope {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: RpcLimits;
  /** undefined: nobody counts. */
  readonly metrics: CallMetrics | undefined;
  readonly methods: ReadonlyMap<string, MethodEntry>;
  readonly draining: AbortSignal;
  /** The head of an answer to which the handler adds nothing. */
  readonly plainHead: Fields;
  readonly book: CallBook<ServerCall>;
  /** Takes back a call that nothing refers to any more. */
  readonly recycle: (call: ServerCall) => void;
}

/** A client that was answered has this long to stop sending by itself, ms. */
const HUSH_MS = 100;
/** A deadline that is so near is what ended a call whose client left, ms: clients give up a little before the server's timer. */
const DEADLINE_SLACK_MS = 20;

/**
 * One call on the server, from its head to its status: reads the request, runs the handler, sends the answer. Hot path
 * (apps/bench/wire): it is used again for another call once its stream is closed and its handler has ended, so that a call costs
 * what its handler is given (a context, the decoded request) and what that makes.
 */
export class ServerCall implements BookedCall {
  bookIndex = -1;
  deadlineAt = Infinity;
  private readonly scope: CallScope;
  private readonly answer = new Answer();
  private readonly reader: MessageReader;
  private wire: Http2Wire<ServerCall> | undefined;
  private stream = 0 as StreamId;
  private path = '';
  private entry: MethodEntry | undefined;
  private context: ServerCallContext | undefined;
  private encoding: MessageEncoding = 'identity';
  private request: Buffer | undefined;
  private requests: MessageStream<unknown> | undefined;
  private answers: AsyncIterator<unknown> | undefined;
  /** Content whose room the peer was not given back. */
  private unconsumed = 0;
  private beganAt = 0;
  private counted: ((status: string, durationMs: number) => void) | undefined;
  /** It was answered, or nobody waits any more: what the handler still says is not heard. */
  private isOver = false;
  /** The handler may still call back. */
  private isRunning = false;
  private isClosed = false;

  constructor(scope: CallScope) {
    this.scope = scope;
    this.reader = new MessageReader(scope.limits.messageBytes, this.onMessage, this.onTooLarge);
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
    if (!this.isOver) this.reader.read(bytes, start, end);
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
    } else if (this.request === undefined) {
      this.fail(new CardinalityError(this.path, 'no'));
    } else {
      this.start();
    }
  }

  onWritable(): void {
    this.answer.writable();
  }

  /** The stream is gone. */
  onClose(): void {
    this.isClosed = true;
    this.wire = undefined;
    this.answer.lost();
    if (!this.isOver) {
      const isLate = this.scope.clock.now() >= this.deadlineAt - DEADLINE_SLACK_MS;
      this.abort(isLate ? deadlinePassed() : callerGone());
    }
    this.recycle();
  }

  expire(): void {
    this.end(deadlinePassed());
  }

  /** Ends a call that was not answered yet, and tells both the handler and the caller why. */
  end(reason: Error): void {
    if (this.isOver) return;
    this.abort(reason);
    this.answer.fail(failureOf(reason, this.path, this.scope.logger), this.context?.headers);
    this.hushLater();
  }

  /** @throws PortolanError why the call is not let in */
  private admit(head: FieldSection): void {
    const { scope, entry } = this;
    if (entry === undefined) throw new UnknownMethodError(head.path);
    this.counted = scope.metrics?.begin(head.path);
    checkInFlight(scope.book.size, scope.limits);
    const fields = metadataOf(head);
    if (fields !== NO_FIELDS) checkMetadataBytes(bytesOf(fields), scope.limits);
    const encoding = head.get('grpc-encoding');
    const known = encodingOf(encoding);
    if (known === undefined) throw new UnknownEncodingError(encoding ?? '', ACCEPTED_ENCODINGS);
    this.encoding = known;
    const timeout = head.get('grpc-timeout');
    const timeoutMs = timeout === undefined ? undefined : parseTimeout(timeout);
    if (timeout !== undefined && timeoutMs === undefined) {
      throw new MalformedCallError(`grpc-timeout ${JSON.stringify(timeout.slice(0, 50))} is none`);
    }
    const deadline = timeoutMs === undefined ? undefined : epochMillis(scope.clock.epoch() + timeoutMs);
    this.deadlineAt = timeoutMs === undefined ? Infinity : this.beganAt + timeoutMs;
    this.context = new ServerCallContext(head.path, this.wire?.peer ?? '', deadline, fields, scope.draining);
    scope.book.add(this);
    if (entry.requestStream) {
      const { bound } = entry;
      this.requests = new MessageStream((bytes) => decodeRequest(bound, bytes), this.takeMore);
    }
  }

  private start(): void {
    const { context } = this;
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
      const input = this.requests ?? decodeRequest(bound, this.request ?? NOTHING);
      this.request = undefined;
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
        void this.answer.message(bytes);
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
        const room = this.answer.message(bytes);
        if (room !== undefined) await room;
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
    const bytes = bound.definition.responseSerialize(message);
    checkMessage(bytes, 'response', this.scope.limits);
    return bytes;
  }

  private succeed(): void {
    this.finish(0);
    this.answer.succeed();
    this.hushLater();
  }

  private fail(error: unknown): void {
    const failure = failureOf(error, this.path, this.scope.logger);
    this.finish(failure.code);
    this.requests?.finish();
    this.answer.fail(failure, this.context?.headers);
    this.hushLater();
  }

  /**
   * All is said: what the peer still sends is of no use (RFC 9113, section 8.1). Node's clients lose an answer that a reset follows
   * at once, so it waits a little.
   */
  private hushLater(): void {
    const { wire, stream, scope } = this;
    if (wire === undefined) return;
    scope.clock.after(HUSH_MS, () => {
      wire.core.reset(stream, ERROR_CODE.noError);
      wire.touch();
    });
  }

  /** The handler learns that nobody waits for it. */
  private abort(reason: Error): void {
    const failure = failureOf(reason, this.path, this.scope.logger);
    this.finish(failure.code);
    this.context?.abort(reason);
    this.requests?.abandon(reason);
    if (this.answers !== undefined) release(this.answers);
  }

  private finish(code: number): void {
    const { scope } = this;
    this.isOver = true;
    scope.book.remove(this);
    if (this.counted === undefined && !scope.logger.isLevelEnabled('debug')) return;
    const durationMs = scope.clock.now() - this.beganAt;
    const status = grpcStatusName(code);
    this.counted?.(status, durationMs);
    scope.logger.debug({ method: this.path, status, durationMs, peer: this.wire?.peer }, 'call');
  }

  private readonly onMessage = (message: Buffer, isCompressed: boolean): void => {
    if (this.isOver) return;
    try {
      const plain = plainMessage(message, isCompressed, this.encoding, 'request', this.scope.limits);
      if (this.requests !== undefined) this.requests.push(plain);
      else if (this.request !== undefined) throw new CardinalityError(this.path, 'more than one');
      else this.request = plain;
    } catch (error) {
      this.fail(error);
    }
  };

  private readonly onTooLarge = (bytes: number): void => {
    this.fail(messageTooLarge('request', bytes, this.scope.limits.messageBytes));
  };

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
    this.request = undefined;
    this.requests = undefined;
    this.answers = undefined;
    this.counted = undefined;
    this.unconsumed = 0;
    this.deadlineAt = Infinity;
    this.reader.reset();
    this.scope.recycle(this);
  }
}

const NOTHING = Buffer.alloc(0);

const deadlinePassed = (): Error => cancellationOf(new DOMException('the deadline has passed', 'TimeoutError'), true);
const callerGone = (): Error => cancellationOf(new DOMException('the caller is gone', 'AbortError'), true);

/** What is answered in HTTP to what is no gRPC (PROTOCOL-HTTP2.md); undefined: it is gRPC. */
function httpRefusal(head: FieldSection): Fields | undefined {
  if (head.method !== 'POST') return [':status', '405', 'allow', 'POST'];
  const type = head.get('content-type');
  if (type === 'application/grpc') return undefined;
  if (type?.startsWith('application/grpc+') === true || type?.startsWith('application/grpc;') === true)
    return undefined;
  return [':status', '415', 'accept', 'application/grpc'];
}
