import type { Http2Pool, Http2Wire, RoomWaiter } from '@portolan/http';
import { ERROR_CODE, Http2FieldError, type ErrorCode, type FieldSection, type StreamId } from '@portolan/http2';
import { PortolanError, type Clock } from '@portolan/kernel';
import { cancellationOf, RpcError, type RpcLimits } from '@portolan/rpc';
import { closedError, errorOfFailure, notConnectedError } from '@portolan/rpc/serving';
import type { BookedCall, CallBook } from '../call-book.ts';
import { encodingOf, messageTooLarge, plainMessage, type MessageEncoding } from '../wire/compression.ts';
import { MessageReader } from '../wire/message-reader.ts';
import { MessageWriter } from '../wire/message-writer.ts';
import { metadataOf, type Fields } from '../wire/metadata.ts';
import { formatTimeout } from '../wire/timeout.ts';
import { STATUS, statusOf, statusOfClose, statusOfHttp, type ResponseStatus } from './response-status.ts';

/** What all calls of one connection share. */
export interface ClientScope {
  readonly address: string;
  readonly clock: Clock;
  readonly limits: RpcLimits;
  readonly pool: Http2Pool<ClientCall>;
  readonly book: CallBook<ClientCall>;
  /** The fields of every request, without `:path`, which is the second pair. */
  readonly head: Fields;
  readonly isClosed: () => boolean;
}

/** What one call asks for. */
export interface CallTerms {
  readonly path: string;
  /** Name, value, name, value… */
  readonly metadata: Fields;
  /** Ms of the clock; Infinity: it may take as long as it likes. */
  readonly deadlineAt: number;
}

/** Who made the call. `ended` comes once and last. */
export interface CallUser {
  /** The stream is open: requests may be sent. */
  opened(call: ClientCall): void;
  headers(fields: Fields): void;
  message(bytes: Buffer): void;
  /** @param failure undefined: the status is OK. @param status gRPC's, for metrics */
  ended(failure: RpcError | undefined, status: number): void;
}

/** One call of a client, from its stream to its status. */
export class ClientCall implements BookedCall, RoomWaiter<ClientCall> {
  bookIndex = -1;
  readonly deadlineAt: number;
  readonly writer = new MessageWriter<ClientCall>();
  private readonly scope: ClientScope;
  private readonly terms: CallTerms;
  private readonly user: CallUser;
  private readonly reader: MessageReader;
  private wire: Http2Wire<ClientCall> | undefined;
  private stream = 0 as StreamId;
  private encoding: MessageEncoding = 'identity';
  private status: ResponseStatus | undefined;
  /** Content whose room the peer was not given back, and whether the user is behind. */
  private unconsumed = 0;
  private isHeld = false;
  private isOver = false;

  constructor(scope: ClientScope, terms: CallTerms, user: CallUser) {
    this.scope = scope;
    this.terms = terms;
    this.user = user;
    this.deadlineAt = terms.deadlineAt;
    this.reader = new MessageReader(scope.limits.messageBytes, this.onMessage, this.onTooLarge);
  }

  start(): void {
    this.scope.book.add(this);
    const wire = this.scope.pool.room();
    if (wire === undefined) this.scope.pool.wait(this);
    else this.onRoom(wire);
  }

  /** Ends it here, and tells the server when it knows of it. */
  cancel(error: RpcError, status: number = STATUS.cancelled): void {
    if (this.isOver) return;
    const { wire } = this;
    this.end(error, status);
    if (wire === undefined) this.scope.pool.forget(this);
    else this.reset(wire);
  }

  /** Whether the server may have begun with it. */
  get isSent(): boolean {
    return this.wire !== undefined;
  }

  get hasEnded(): boolean {
    return this.isOver;
  }

  expire(): void {
    const late = new DOMException('the deadline has passed', 'TimeoutError');
    this.cancel(cancellationOf(late, this.isSent), 4);
  }

  /** The user is behind (true): what comes stays with the peer once its windows are full; or not any more. */
  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    this.takeMore();
  }

  /** Nothing more will be sent. */
  endRequests(): void {
    const { wire } = this;
    if (wire === undefined || this.isOver) return;
    wire.core.data(this.stream, NOTHING, 0, 0, true);
    wire.touch();
  }

  onRoom(wire: Http2Wire<ClientCall>): void {
    if (this.isOver) return;
    const { head, clock, pool } = this.scope;
    const fields = [...head.slice(0, 2), ':path', this.terms.path, ...head.slice(2)];
    if (this.deadlineAt !== Infinity) {
      const leftMs = this.deadlineAt - clock.now();
      if (leftMs <= 0) {
        this.expire();
        return;
      }
      fields.push('grpc-timeout', formatTimeout(leftMs));
    }
    fields.push(...this.terms.metadata);
    const stream = this.open(wire, fields);
    if (stream === undefined) {
      if (!this.hasEnded) pool.wait(this);
      return;
    }
    wire.began();
    wire.touch();
    this.wire = wire;
    this.stream = stream;
    this.writer.begin(wire, stream);
    this.user.opened(this);
  }

  onNoRoom(error: PortolanError): void {
    if (this.isOver) return;
    const { address, isClosed } = this.scope;
    if (isClosed()) this.end(closedError(address), STATUS.cancelled);
    else if (error.kind === 'unavailable') this.end(notConnectedError(address, error), STATUS.unavailable);
    else this.end(notSentError(error), STATUS.resourceExhausted);
  }

  onHead(head: FieldSection, endStream: boolean): void {
    if (this.isOver) return;
    const type = head.get('content-type');
    if (endStream) {
      this.status = statusOf(head) ?? statusOfHttp(head.status, type);
      return;
    }
    if (head.status !== 200 || type?.startsWith('application/grpc') !== true) {
      this.fail(statusOfHttp(head.status, type));
      return;
    }
    const known = encodingOf(head.get('grpc-encoding'));
    if (known === undefined) {
      this.fail({ code: STATUS.internal, message: 'the answer is compressed in an unknown way', detail: undefined });
      return;
    }
    this.encoding = known;
    this.user.headers(metadataOf(head));
  }

  onData(bytes: Uint8Array, start: number, end: number): void {
    this.unconsumed += end - start;
    if (!this.isOver) this.reader.read(bytes, start, end);
    this.takeMore();
  }

  onEnd(trailers: FieldSection | undefined): void {
    if (this.isOver) return;
    if (trailers !== undefined) this.status = statusOf(trailers);
    const missing = { code: STATUS.unknown, message: 'the answer ended without a status', detail: undefined };
    const status = this.status ?? missing;
    if (status.code === STATUS.ok && this.reader.isMidway) {
      this.fail({ code: STATUS.internal, message: 'the answer ends within a message', detail: undefined });
    } else {
      this.conclude(status, true);
    }
    // What was not sent yet is of no use to anybody.
    if (this.wire !== undefined) this.reset(this.wire);
  }

  onWritable(): void {
    this.writer.writable();
  }

  onClose(code: ErrorCode, isUnprocessed: boolean): void {
    const connectionLost = this.wire?.isClosing === true;
    this.wire = undefined;
    this.writer.lost();
    if (this.isOver) return;
    if (this.scope.isClosed()) this.end(closedError(this.scope.address), STATUS.cancelled);
    else this.conclude(statusOfClose(code, isUnprocessed, connectionLost), !isUnprocessed);
  }

  private open(wire: Http2Wire<ClientCall>, fields: Fields): StreamId | undefined {
    try {
      return wire.core.open(fields, false, this);
    } catch (error) {
      if (!(error instanceof Http2FieldError)) throw error;
      this.end(notSentError(error), STATUS.internal);
      return undefined;
    }
  }

  private readonly onMessage = (bytes: Uint8Array, start: number, end: number, isCompressed: boolean): void => {
    if (this.isOver) return;
    try {
      this.user.message(plainMessage(bytes, start, end, isCompressed, this.encoding, 'response', this.scope.limits));
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      const code = error.kind === 'exhausted' ? STATUS.resourceExhausted : STATUS.internal;
      this.fail({ code, message: error.message, detail: undefined });
    }
  };

  private readonly onTooLarge = (bytes: number): void => {
    const { message } = messageTooLarge('response', bytes, this.scope.limits.messageBytes);
    this.fail({ code: STATUS.resourceExhausted, message, detail: undefined });
  };

  /** Ends it for what the server did. */
  private fail(status: ResponseStatus): void {
    if (this.isOver) return;
    this.conclude(status, true);
    if (this.wire !== undefined) this.reset(this.wire);
  }

  private conclude(status: ResponseStatus, reachedServer: boolean): void {
    const { path } = this.terms;
    if (status.code === STATUS.ok) this.end(undefined, STATUS.ok);
    else this.end(errorOfFailure(status, path, this.scope.address, reachedServer), status.code);
  }

  private end(failure: RpcError | undefined, status: number): void {
    this.isOver = true;
    this.scope.book.remove(this);
    this.user.ended(failure, status);
    this.takeMore();
  }

  private reset(wire: Http2Wire<ClientCall>): void {
    wire.core.reset(this.stream, ERROR_CODE.cancel);
    wire.touch();
  }

  private takeMore(): void {
    const { wire, unconsumed } = this;
    if (unconsumed === 0 || wire === undefined || (this.isHeld && !this.isOver)) return;
    this.unconsumed = 0;
    wire.consume(this.stream, unconsumed);
    wire.touch();
  }
}

const NOTHING = new Uint8Array(0);

/** A bound of this side, before anything was sent. */
function notSentError({ message, code, kind, fix, context }: PortolanError): RpcError {
  return new RpcError(message, { code, kind, fix, context, reachedServer: false });
}
