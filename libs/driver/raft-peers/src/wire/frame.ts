import { Hello, MemberAddresses } from '@portolan/contracts/raft-peer';
import type { EncodedMessage } from './encode-message.ts';
import { decodeMessage, type Ends } from './decode-message.ts';
import { FRAME_FIELD, type StreamedMessage } from './kinds.ts';
import { ProtoReader } from './proto-reader.ts';
import { fieldBytes, ProtoWriter } from './proto-writer.ts';

/** What one turn has to say. */
export interface OutgoingFrame {
  readonly hello?: Hello | undefined;
  /** 0n: none. */
  readonly ping: bigint;
  readonly pong: bigint;
  readonly book: readonly MemberAddresses[];
  readonly messages: readonly EncodedMessage[];
}

export interface IncomingFrame {
  readonly hello: Hello | undefined;
  readonly ping: bigint;
  readonly pong: bigint;
  readonly book: readonly MemberAddresses[];
  readonly messages: readonly StreamedMessage[];
}

/** Hot path: apps/bench/raft. One buffer a frame. */
export function encodeFrame({ hello, ping, pong, book, messages }: OutgoingFrame): Buffer {
  const encodedHello = hello && Hello.encode(hello).finish();
  const records = book.length === 0 ? NO_RECORDS : book.map((record) => MemberAddresses.encode(record).finish());
  let bytes = encodedHello === undefined ? 0 : fieldBytes(encodedHello.length);
  if (ping !== 0n) bytes += 9;
  if (pong !== 0n) bytes += 9;
  for (const record of records) bytes += fieldBytes(record.length);
  for (const { head, tail } of messages) bytes += fieldBytes(head.length + tail.length);
  const writer = new ProtoWriter(Buffer.allocUnsafe(bytes));
  if (encodedHello !== undefined) writer.data(FRAME_FIELD.hello, encodedHello);
  writer.fixed64(FRAME_FIELD.ping, ping);
  writer.fixed64(FRAME_FIELD.pong, pong);
  for (const record of records) writer.data(FRAME_FIELD.book, record);
  for (const { head, tail } of messages) {
    writer.begin(FRAME_FIELD.messages, head.length + tail.length);
    writer.raw(head);
    writer.raw(tail);
  }
  return writer.bytes;
}

const NO_RECORDS: readonly Uint8Array[] = [];

/**
 * @param ends undefined before the hello, when no message may come
 * @throws MalformedFrameError
 */
export function decodeFrame(bytes: Uint8Array, ends: Ends | undefined): IncomingFrame {
  const reader = new ProtoReader(bytes, 0, bytes.length, 'frame of a peer');
  let hello: Hello | undefined;
  let ping = 0n;
  let pong = 0n;
  const book: MemberAddresses[] = [];
  const messages: StreamedMessage[] = [];
  for (let field = reader.field(); field !== 0; field = reader.field()) {
    switch (field) {
      case FRAME_FIELD.hello:
        hello = decodeWith(Hello, reader);
        break;
      case FRAME_FIELD.ping:
        ping = reader.fixed64();
        break;
      case FRAME_FIELD.pong:
        pong = reader.fixed64();
        break;
      case FRAME_FIELD.book:
        book.push(decodeWith(MemberAddresses, reader));
        break;
      case FRAME_FIELD.messages:
        if (ends === undefined) throw reader.malformed('a message comes before the hello');
        messages.push(decodeMessage(reader.message('message of a peer'), ends));
        break;
      default:
        reader.skip();
    }
  }
  return { hello, ping, pong, book, messages };
}

function decodeWith<Value>(codec: { decode(bytes: Uint8Array): Value }, reader: ProtoReader): Value {
  const bytes = reader.data();
  try {
    return codec.decode(bytes);
  } catch (error) {
    throw reader.malformed('a part of it does not decode', error);
  }
}
