import type { Http2Wire } from '@portolan/http';
import type { StreamId } from '@portolan/http2';
import { PREFIX_BYTES, writePrefix } from './message-reader.ts';

/**
 * Sends the messages of one stream, each after the one before. Hot path: one that fits is written into the connection's output once,
 * without a buffer of its own.
 */
export class MessageWriter<Context> {
  private wire: Http2Wire<Context> | undefined;
  private stream = 0 as StreamId;
  /** A message that the peer's windows did not take whole. */
  private unsent: Buffer | undefined;
  private unsentAt = 0;
  private endsStream = false;
  private whenSent: (() => void) | undefined;

  /** For the next stream. */
  begin(wire: Http2Wire<Context>, stream: StreamId): void {
    this.wire = wire;
    this.stream = stream;
    this.unsent = undefined;
    this.whenSent = undefined;
  }

  /** A message waits for the peer: the next one, or the end, must wait for it. */
  get isWaiting(): boolean {
    return this.unsent !== undefined;
  }

  /** The memory of what waits, in bytes. */
  get unsentBytes(): number {
    return this.unsent?.length ?? 0;
  }

  /**
   * Sends one message; the one before must be out.
   * @param endStream nothing comes after it
   * @returns when the next may be sent, if not at once
   */
  send(bytes: Uint8Array, start: number, end: number, endStream: boolean): Promise<void> | undefined {
    const { wire, stream } = this;
    if (wire === undefined) return undefined;
    const { core } = wire;
    const length = end - start;
    wire.touch();
    const at = core.reserveData(stream, PREFIX_BYTES + length, endStream);
    if (at >= 0) {
      writePrefix(core.output.bytes, at, length);
      copy(bytes, start, end, core.output.bytes, at + PREFIX_BYTES);
      return undefined;
    }
    const framed = Buffer.allocUnsafe(PREFIX_BYTES + length);
    writePrefix(framed, 0, length);
    copy(bytes, start, end, framed, PREFIX_BYTES);
    this.unsentAt = core.data(stream, framed, 0, framed.length, endStream);
    if (this.unsentAt === framed.length) return undefined;
    this.unsent = framed;
    this.endsStream = endStream;
    return new Promise((resolve) => {
      this.whenSent = resolve;
    });
  }

  /** The peer takes more. @returns whether nothing waits any more */
  writable(): boolean {
    const { unsent, wire } = this;
    if (unsent === undefined || wire === undefined) return true;
    this.unsentAt += wire.core.data(this.stream, unsent, this.unsentAt, unsent.length, this.endsStream);
    wire.touch();
    if (this.unsentAt < unsent.length) return false;
    this.unsent = undefined;
    this.resume();
    return true;
  }

  /** The stream is gone: whoever waits goes on, and finds that there is nothing to do. */
  lost(): void {
    this.wire = undefined;
    this.unsent = undefined;
    this.resume();
  }

  private resume(): void {
    const { whenSent } = this;
    this.whenSent = undefined;
    whenSent?.();
  }
}

/** Below this a short loop costs less than a call into the runtime, and below the other one less than that and a view to call it with. */
const LOOP_BYTES_MAX = 64;
const LOOP_BYTES_MAX_WITHOUT_VIEW = 192;

function copy(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): void {
  const isWhole = start === 0 && end === source.length;
  if (end - start > (isWhole ? LOOP_BYTES_MAX : LOOP_BYTES_MAX_WITHOUT_VIEW)) {
    target.set(isWhole ? source : source.subarray(start, end), at);
    return;
  }
  for (let from = start, to = at; from < end; from += 1, to += 1) target[to] = source[from] ?? 0;
}
