import { HpackEncoder, PREFACE } from '@portolan/http2';

/** Frames of HTTP/2 by hand, for what no client of ours would say (RFC 9113, section 6). */
export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const FLAG = { ack: 1, endStream: 1, endHeaders: 4 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = NOTHING): Buffer {
  const bytes = Buffer.alloc(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes.writeUInt8(type, 3);
  bytes.writeUInt8(flags, 4);
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, 9);
  return bytes;
}

const NOTHING = new Uint8Array(0);

export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** A header block that changes no table and needs none. */
export function block(fields: readonly string[]): Buffer {
  const target = Buffer.alloc(HpackEncoder.bytesMax(fields));
  return target.subarray(0, encoder.encode(fields, target, 0));
}

const encoder = new HpackEncoder(0);
// Without the change of table size that comes first.
encoder.encode([], new Uint8Array(16), 0);

/** SETTINGS: identifier and value, one after the other. */
export function settings(...pairs: readonly (readonly [identifier: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(pairs.length * 6);
  for (const [index, [identifier, value]] of pairs.entries()) {
    payload.writeUInt16BE(identifier, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return frame(TYPE.settings, 0, 0, payload);
}

export const SETTINGS_ACK = frame(TYPE.settings, FLAG.ack, 0);
/** What a client says first. */
export const HELLO = Buffer.concat([Buffer.from(PREFACE), settings()]);
export const PING = frame(TYPE.ping, 0, 0, Buffer.from('a payload'.slice(0, 8)));

export const fieldsOf = (method: string, path: string, ...more: readonly string[]): readonly string[] => [
  ...[':method', method, ':scheme', 'http', ':path', path, ':authority', 'a.test'],
  ...more,
];

/** A request that is its head alone. */
export const get = (stream: number, path: string): Buffer =>
  frame(TYPE.headers, FLAG.endHeaders | FLAG.endStream, stream, block(fieldsOf('GET', path)));

/** The head of a request whose content comes. */
export const post = (stream: number, path: string, ...more: readonly string[]): Buffer =>
  frame(TYPE.headers, FLAG.endHeaders, stream, block(fieldsOf('POST', path, ...more)));

export const data = (stream: number, payload: Uint8Array, isLast = false): Buffer =>
  frame(TYPE.data, isLast ? FLAG.endStream : 0, stream, payload);
export const reset = (stream: number, code = 8): Buffer => frame(TYPE.reset, 0, stream, uint32(code));
export const windowUpdate = (stream: number, bytes: number): Buffer =>
  frame(TYPE.windowUpdate, 0, stream, uint32(bytes));

/** Cuts a stream of bytes into frames. */
export class FrameCutter {
  private rest: Buffer = Buffer.alloc(0);

  *cut(bytes: Buffer): Generator<Frame> {
    let left = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    while (left.length >= 9) {
      const end = 9 + left.readUIntBE(0, 3);
      if (left.length < end) break;
      const [type = 0, flags = 0] = left.subarray(3, 5);
      yield { type, flags, stream: left.readUInt32BE(5), payload: left.subarray(9, end) };
      left = left.subarray(end);
    }
    this.rest = left;
  }
}
