import type { Http2Wire } from '@portolan/http';
import type { StreamId } from '@portolan/http2';
import { ERROR_TRAILER, type CallFailure } from '@portolan/rpc/serving';
import { ACCEPTED_ENCODINGS } from '../wire/compression.ts';
import { MessageWriter } from '../wire/message-writer.ts';
import { binaryText, type Fields } from '../wire/metadata.ts';
import { encodeStatusMessage } from '../wire/status-message.ts';

/** The head of an answer to which nobody adds anything. */
export const PLAIN_HEAD: Fields = [
  ':status',
  '200',
  'content-type',
  'application/grpc',
  'grpc-accept-encoding',
  ACCEPTED_ENCODINGS,
];
const SUCCESS: Fields = ['grpc-status', '0'];

/** The answering side of one call: head, messages, status. After its end, or when the stream is gone, nothing happens. */
export class Answer<Context> {
  private readonly writer = new MessageWriter<Context>();
  private wire: Http2Wire<Context> | undefined;
  private stream = 0 as StreamId;
  private plainHead: Fields = [];
  private headSent = false;
  /** The status, which goes once the last message is out. */
  private trailers: Fields | undefined;
  private ended = false;

  /** For the next call. @param plainHead of the server, when the handler adds nothing */
  begin(wire: Http2Wire<Context>, stream: StreamId, plainHead: Fields): void {
    this.wire = wire;
    this.stream = stream;
    this.writer.begin(wire, stream);
    this.plainHead = plainHead;
    this.headSent = false;
    this.trailers = undefined;
    this.ended = false;
  }

  /** @param headers what the handler adds */
  head(headers: Fields | undefined): void {
    const { wire } = this;
    if (this.headSent || this.ended || wire === undefined) return;
    this.headSent = true;
    wire.touch();
    wire.core.head(this.stream, headers === undefined ? this.plainHead : [...this.plainHead, ...headers], false);
  }

  /** Sends one message after the head. @returns when to send the next, if not at once */
  message(bytes: Uint8Array, start: number, end: number): Promise<void> | undefined {
    return this.ended ? undefined : this.writer.send(bytes, start, end, false);
  }

  /** @param trailers what the handler adds to the status */
  succeed(trailers: Fields | undefined): void {
    this.end(trailers === undefined ? SUCCESS : [...SUCCESS, ...trailers]);
  }

  /**
   * Where nothing was added to the head, it and the status are one block ("Trailers-Only"); clients show no metadata of those.
   * @param headers what the handler had added, as `trailers`
   */
  fail({ code, message, detail }: CallFailure, headers: Fields | undefined, trailers: Fields | undefined): void {
    const status = ['grpc-status', String(code), 'grpc-message', encodeStatusMessage(message)];
    if (detail.length > 0) status.push(ERROR_TRAILER, binaryText(detail));
    if (trailers !== undefined) status.push(...trailers);
    if (!this.headSent && headers === undefined && this.plainHead === PLAIN_HEAD) {
      this.only([...PLAIN_HEAD, ...status]);
      return;
    }
    this.head(headers);
    this.end(status);
  }

  /** An answer of HTTP alone, to what is no gRPC. */
  refuse(fields: Fields): void {
    this.only(fields);
  }

  /** A message that the peer has not taken yet, in bytes; 0: there is none. */
  get unsentBytes(): number {
    return this.writer.unsentBytes;
  }

  /** The peer takes more. @returns whether all is said now that waited for it */
  writable(): boolean {
    const { trailers } = this;
    if (!this.writer.writable() || trailers === undefined) return false;
    this.trailers = undefined;
    this.close(trailers);
    return true;
  }

  /** The stream is gone. */
  lost(): void {
    this.ended = true;
    this.wire = undefined;
    this.writer.lost();
  }

  private only(fields: Fields): void {
    const { wire, stream } = this;
    if (this.ended || wire === undefined) return;
    this.ended = true;
    wire.touch();
    wire.core.head(stream, fields, true);
  }

  private end(trailers: Fields): void {
    if (this.ended) return;
    this.ended = true;
    if (this.writer.isWaiting) this.trailers = trailers;
    else this.close(trailers);
  }

  private close(trailers: Fields): void {
    const { wire, stream } = this;
    if (wire === undefined) return;
    wire.touch();
    wire.core.trailers(stream, trailers);
  }
}
