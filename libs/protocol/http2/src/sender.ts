import type { Http2Limits } from './limits.ts';
import { checkSection, type Section } from './field-check.ts';
import {
  FLAG,
  FRAME,
  FRAME_BYTES_MIN,
  FRAME_HEADER_BYTES,
  WINDOW_DEFAULT,
  WINDOW_MAX,
  type ErrorCode,
} from './frame.ts';
import { HpackEncoder } from './hpack/encoder.ts';
import { writeFrameHeader, type Output } from './output.ts';
import { STATE, type StreamTable } from './stream-table.ts';

/** GOAWAY's debug data: enough for a sentence, and no more than a peer may print. */
const GOAWAY_TEXT_MAX = 200;
/**
 * No larger frames, whatever the peer takes: it is by so much that output may pass its limit, and that one stream keeps the others
 * waiting. Larger ones gain nothing.
 */
export const SENT_FRAME_BYTES_MAX = 65_536;
/** Ids that wait though their streams are over are cleared away when there are so many more than streams. */
const STALE_MAX = 32;

/** The sending side of a connection: frames, what the peer's settings say of them, and its flow-control windows. */
export class Sender<Context> {
  readonly output: Output;
  readonly encoder: HpackEncoder;
  /** Of the connection, in bytes; below 0 never: only a stream's may be (RFC 9113, section 6.9.2). */
  window = WINDOW_DEFAULT;
  /** What a new stream may send at first, as the peer set it. */
  initialWindow = WINDOW_DEFAULT;
  /** Payload of a frame that the peer takes, in bytes. */
  frameBytesMax = FRAME_BYTES_MIN;
  private readonly limits: Http2Limits;
  private readonly streams: StreamTable<Context>;
  private waiting: number[] = [];

  constructor(output: Output, streams: StreamTable<Context>, limits: Http2Limits) {
    this.output = output;
    this.streams = streams;
    this.limits = limits;
    this.encoder = new HpackEncoder(limits.headerTableBytes);
  }

  /**
   * Sends a head or trailers, in CONTINUATION frames too when they are long.
   * @throws Http2FieldError before anything is sent
   */
  fields(id: number, fields: readonly string[], section: Section, endStream: boolean): void {
    checkSection(fields, section);
    const { output } = this;
    output.reserve(FRAME_HEADER_BYTES + HpackEncoder.bytesMax(fields));
    const frame = output.length;
    const payload = frame + FRAME_HEADER_BYTES;
    const end = this.encoder.encode(fields, output.bytes, payload);
    const length = end - payload;
    const flags = endStream ? FLAG.endStream : 0;
    if (length <= this.frameBytesMax) {
      writeFrameHeader(output.bytes, frame, FRAME.headers, flags | FLAG.endHeaders, id, length);
      output.length = end;
      return;
    }
    const block = output.bytes.slice(payload, end);
    for (let at = 0; at < length; at += this.frameBytesMax) {
      const take = Math.min(this.frameBytesMax, length - at);
      const last = at + take === length ? FLAG.endHeaders : 0;
      output.frame(at === 0 ? FRAME.headers : FRAME.continuation, (at === 0 ? flags : 0) | last, id, take);
      output.copy(block, at, at + take);
    }
  }

  /** Sends as much of the data as windows and output take. @returns how many bytes; END_STREAM goes with the last */
  data(slot: number, id: number, bytes: Uint8Array, start: number, end: number, endStream: boolean): number {
    const { output, streams } = this;
    if (start === end && !endStream) return 0;
    this.reserveFrames(end - start, streams.sendWindow[slot] ?? 0);
    let at = start;
    do {
      const rest = end - at;
      // A small window is filled too: a peer may announce more only when it has seen the last byte. Dribble (CVE-2019-9511) is
      // what small WINDOW_UPDATE frames cause, and they are counted.
      const window = Math.min(this.window, streams.sendWindow[slot] ?? 0);
      const room = this.limits.outputBytes - output.length;
      const take = Math.min(rest, window, this.frameBytesMax);
      if (rest > 0 && (room <= 0 || take <= 0)) {
        this.wait(slot, id, room <= 0 || this.window <= 0);
        return at - start;
      }
      const isLast = take === rest;
      output.frame(FRAME.data, isLast && endStream ? FLAG.endStream : 0, id, take);
      output.copy(bytes, at, at + take);
      this.window -= take;
      streams.sendWindow[slot] = (streams.sendWindow[slot] ?? 0) - take;
      at += take;
    } while (at < end);
    return at - start;
  }

  /** Makes room for all frames of content at once: growing frame by frame copies each several times. */
  private reserveFrames(bytes: number, streamWindow: number): void {
    const room = this.limits.outputBytes - this.output.length;
    if (room <= 0) return;
    const most = Math.min(bytes, this.window, streamWindow, room + this.frameBytesMax);
    if (most > 0) this.output.reserve(most + FRAME_HEADER_BYTES * Math.ceil(most / this.frameBytesMax));
  }

  /** Writes the head of a DATA frame when all of its payload may go now. @returns where that begins in the output, or -1 */
  reserve(slot: number, id: number, length: number, endStream: boolean): number {
    const { output, streams } = this;
    const window = streams.sendWindow[slot] ?? 0;
    const isTooMuch = length > this.window || length > window || length > this.frameBytesMax;
    // Whoever waits for room must not be overtaken by the next piece of its own stream.
    if (isTooMuch || output.length >= this.limits.outputBytes || streams.has(slot, STATE.blocked)) return -1;
    output.frame(FRAME.data, endStream ? FLAG.endStream : 0, id, length);
    this.window -= length;
    streams.sendWindow[slot] = window - length;
    const at = output.length;
    output.length += length;
    return at;
  }

  /** Streams in the queue for room. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  reset(id: number, code: ErrorCode): void {
    this.output.frame(FRAME.resetStream, 0, id, 4);
    this.output.uint32(code);
  }

  windowUpdate(id: number, bytes: number): void {
    this.output.frame(FRAME.windowUpdate, 0, id, 4);
    this.output.uint32(bytes);
  }

  /** @param settings identifier and value, one after the other */
  settings(settings: readonly (readonly [identifier: number, value: number])[]): void {
    this.output.frame(FRAME.settings, 0, 0, settings.length * 6);
    for (const [identifier, value] of settings) {
      this.output.uint16(identifier);
      this.output.uint32(value);
    }
  }

  acknowledgeSettings(): void {
    this.output.frame(FRAME.settings, FLAG.ack, 0, 0);
  }

  /** @param payload at least 8 bytes from `at` */
  ping(payload: Uint8Array, at: number, isAck: boolean): void {
    this.output.frame(FRAME.ping, isAck ? FLAG.ack : 0, 0, 8);
    this.output.copy(payload, at, at + 8);
  }

  goaway(lastStream: number, code: ErrorCode, text: string): void {
    const length = Math.min(text.length, GOAWAY_TEXT_MAX);
    this.output.frame(FRAME.goaway, 0, 0, 8 + length);
    this.output.uint32(lastStream);
    this.output.uint32(code);
    for (let index = 0; index < length; index += 1) {
      this.output.bytes[this.output.length++] = text.charCodeAt(index) & 127;
    }
  }

  /** A stream's window grew. @returns false when it is over 2^31 - 1 */
  widen(slot: number, bytes: number): boolean {
    const window = (this.streams.sendWindow[slot] ?? 0) + bytes;
    if (window > WINDOW_MAX) return false;
    this.streams.sendWindow[slot] = window;
    if (this.streams.has(slot, STATE.blocked) && window > 0) this.queue(slot, this.streams.ids[slot] ?? 0);
    return true;
  }

  /**
   * Takes from the queue who can send again, each once, in the order that they began to wait.
   * @param tell says so to a stream's user, who may send and may wait again
   */
  wake(tell: (slot: number, id: number) => void): void {
    for (let left = this.waiting.length; left > 0 && this.window > 0; left -= 1) {
      if (this.output.length >= this.limits.outputBytes) return;
      const id = this.waiting.shift() ?? 0;
      const slot = this.streams.slot(id);
      if (slot < 0) continue;
      this.streams.unset(slot, STATE.queued);
      if (this.streams.has(slot, STATE.localClosed)) continue;
      if ((this.streams.sendWindow[slot] ?? 0) <= 0) continue;
      this.streams.unset(slot, STATE.blocked);
      tell(slot, id);
    }
  }

  /** One whose own window is closed is queued when that opens: until then no other window helps it. */
  private wait(slot: number, id: number, forConnection: boolean): void {
    this.streams.set(slot, STATE.blocked);
    if (forConnection) this.queue(slot, id);
  }

  private queue(slot: number, id: number): void {
    if (this.streams.has(slot, STATE.queued)) return;
    this.streams.set(slot, STATE.queued);
    if (this.waiting.length > this.streams.size * 2 + STALE_MAX) {
      this.waiting = this.waiting.filter((waiting) => this.streams.slot(waiting) >= 0);
    }
    this.waiting.push(id);
  }
}
