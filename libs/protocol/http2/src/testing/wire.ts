import { HpackEncoder } from '../hpack/encoder.ts';
import { endpoint, GET, POST, take, type Endpoint } from './recorder.ts';

/** Frames as bytes, for what no connection of ours would send. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: readonly number[] | Uint8Array = [],
): number[] {
  const { length } = payload;
  return [
    ...[length >> 16, (length >> 8) & 255, length & 255, type, flags],
    ...[(stream >>> 24) & 255, (stream >> 16) & 255, (stream >> 8) & 255, stream & 255, ...payload],
  ];
}

/** A header block that changes no table and needs none. */
export function block(fields: readonly string[]): number[] {
  const target = new Uint8Array(HpackEncoder.bytesMax(fields));
  return [...target.subarray(0, encoder.encode(fields, target, 0))];
}
const encoder = new HpackEncoder(0);
// Without the change of table size that comes first.
encoder.encode([], new Uint8Array(16), 0);

export const EMPTY_SETTINGS = frame(4, 0, 0);
export const SETTINGS_ACK = frame(4, 1, 0);
/** What a client says first. */
export const PREFACE = [...Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), ...EMPTY_SETTINGS];
/** A POST whose content comes. */
export const REQUEST = block(POST);
/** A GET. */
export const WHOLE = block(GET);

/** Feeds bytes as a socket would, and reads what comes back. @returns that */
export function feed(fed: Endpoint, bytes: readonly number[], now = 0): number[] {
  fed.connection.receive(Uint8Array.from(bytes), 0, bytes.length, now);
  return [...take(fed)];
}

/** A server whose client has said its preface and acknowledged its settings. */
export function begunServer(options: Parameters<typeof endpoint>[1] = {}): Endpoint {
  const server = endpoint('server', options);
  feed(server, [...PREFACE, ...SETTINGS_ACK]);
  server.told.lines.length = 0;
  return server;
}

/** A client whose server has said its settings and acknowledged the client's. */
export function begunClient(options: Parameters<typeof endpoint>[1] = {}, settings = EMPTY_SETTINGS): Endpoint {
  const client = endpoint('client', options);
  take(client);
  feed(client, [...settings, ...SETTINGS_ACK]);
  client.told.lines.length = 0;
  return client;
}

/** Frames of bytes that are whole frames, the preface of a client cut off: `TYPE stream flags payload`, payload in hexadecimal. */
export function framesOf(bytes: readonly number[]): string[] {
  const frames: string[] = [];
  for (let at = 0; at + 9 <= bytes.length;) {
    const length = byte(bytes, at) * 65_536 + byte(bytes, at + 1) * 256 + byte(bytes, at + 2);
    const stream = byte(bytes, at + 6) * 65_536 + byte(bytes, at + 7) * 256 + byte(bytes, at + 8);
    const payload = Buffer.from(bytes.slice(at + 9, at + 9 + length)).toString('hex');
    const name = NAMES[byte(bytes, at + 3)] ?? '?';
    frames.push(`${name} ${stream} ${byte(bytes, at + 4)} ${payload}`.trimEnd());
    at += 9 + length;
  }
  return frames;
}

const byte = (bytes: readonly number[], at: number): number => bytes[at] ?? 0;
const NAMES = ['DATA', 'HEADERS', 'PRIORITY', 'RST', 'SETTINGS', 'PUSH', 'PING', 'GOAWAY', 'WINDOW', 'CONTINUATION'];
