import type { Http2Wire } from '@portolan/http';
import type { FieldSection, StreamId } from '@portolan/http2';
import { CardinalityError, MalformedCallError } from '../call-errors.ts';
import { CompressedMessage, messageAt, messageTooLarge, type MessageEncoding } from '../wire/compression.ts';
import { MessageReader } from '../wire/message-reader.ts';
import { MessageStream } from '../wire/message-stream.ts';
import { readEncoding } from './call-head.ts';
import type { CallScope } from './call-scope.ts';
import type { MethodEntry } from './method-entry.ts';
import { OneRequest } from './one-request.ts';
import { requestDecoder } from './request-decoder.ts';

/** What the request of a call tells it. */
export interface RequestOwner {
  /** What comes is of no use any more. */
  readonly isOver: boolean;
  readonly path: string;
  /** The one request is here; `whenPlain`: once it is inflated. */
  arrived(whenPlain: Promise<void> | undefined): void;
  /** It cannot be answered. */
  fail(error: unknown): void;
}

/** The asking side of one call: its content, cut into messages, and the room that its caller is given for more. */
export class RequestSide<Context> {
  /** Of a method that takes one. */
  readonly one = new OneRequest();
  /** Of a method that takes many. */
  many: MessageStream<Buffer | CompressedMessage, unknown> | undefined;
  private readonly scope: Pick<CallScope, 'limits'>;
  private readonly owner: RequestOwner;
  private readonly reader: MessageReader;
  private wire: Http2Wire<Context> | undefined;
  private stream = 0 as StreamId;
  private encoding: MessageEncoding = 'identity';
  /** A bytes handler reads it where it is. */
  private isLent = false;
  /** Content whose room the peer was not given back. */
  private unconsumed = 0;

  constructor(scope: Pick<CallScope, 'limits'>, owner: RequestOwner) {
    this.scope = scope;
    this.owner = owner;
    this.reader = new MessageReader(scope.limits.messageBytes, this.onMessage, this.onTooLarge);
  }

  begin(wire: Http2Wire<Context>, stream: StreamId): void {
    this.wire = wire;
    this.stream = stream;
  }

  /** @throws UnknownEncodingError */
  admit(entry: MethodEntry, head: FieldSection): void {
    this.encoding = readEncoding(head);
    this.isLent = entry.answerBytes !== undefined;
    if (entry.requestStream)
      this.many = new MessageStream(requestDecoder(entry.bound, this.scope.limits), this.takeMore);
  }

  /** What it makes us hold, in bytes. */
  get heldBytes(): number {
    return this.reader.gatheredSize + this.one.size;
  }

  /** Content has come; it is to be read, or not. */
  received(bytes: number): void {
    this.unconsumed += bytes;
  }

  /** @returns whether it makes us hold something */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.reader.read(bytes, start, end);
    return this.reader.gatheredSize > 0 || this.one.isHere;
  }

  /** What has come of a message is of no use. */
  forgetPart(): void {
    this.reader.reset();
  }

  /** There is no more of it. */
  end(): void {
    const { owner, one, many } = this;
    if (this.reader.isMidway) {
      owner.fail(new MalformedCallError('the request ends within a message'));
    } else if (many !== undefined) {
      // Node's clients end a stream just before they reset it: wait for what follows, or a crash looks like a client that had no
      // more to say.
      setImmediate(() => {
        many.finish();
      });
    } else if (!one.isHere) {
      owner.fail(new CardinalityError(owner.path, 'no'));
    } else if (one.compressed === undefined) {
      owner.arrived(undefined);
    } else {
      this.inflate();
    }
  }

  /** The stream is gone. */
  lost(): void {
    this.wire = undefined;
  }

  /** Nobody answers it. */
  drop(): void {
    this.one.drop();
    this.many?.finish();
  }

  /** For the next call. */
  reset(): void {
    this.one.drop();
    this.many = undefined;
    this.unconsumed = 0;
    this.reader.reset();
  }

  /** Gives back room to the peer, unless the handler is behind. */
  readonly takeMore = (): void => {
    const { wire, unconsumed, many } = this;
    if (unconsumed === 0 || wire === undefined || (!this.owner.isOver && many?.isFull === true)) return;
    this.unconsumed = 0;
    wire.consume(this.stream, unconsumed);
    wire.touch();
  };

  private readonly onMessage = (bytes: Uint8Array, start: number, end: number, isCompressed: boolean): void => {
    const { owner, one, many } = this;
    if (owner.isOver) return;
    try {
      if (one.isHere) throw new CardinalityError(owner.path, 'more than one');
      if (this.isLent && !isCompressed) {
        one.keep(bytes, start, end);
        return;
      }
      const message = messageAt(bytes, start, end, isCompressed, this.encoding);
      if (many !== undefined) many.push(message);
      else if (message instanceof CompressedMessage) one.keepCompressed(message);
      else one.keep(message, 0, message.length);
    } catch (error) {
      owner.fail(error);
    }
  };

  private readonly onTooLarge = (bytes: number): void => {
    this.owner.fail(messageTooLarge('request', bytes, this.scope.limits.messageBytes));
  };

  private inflate(): void {
    try {
      this.owner.arrived(this.one.inflate(this.scope.limits));
    } catch (error) {
      this.owner.fail(error);
    }
  }
}
