import { assert } from '@portolan/kernel';
import { CR, LF } from './character.ts';
import type { HeadWriter } from './head-writer.ts';
import type { Head } from './head.ts';
import type { Http1Limits } from './limits.ts';
import type { Output } from './output.ts';

export type Framing = 'none' | 'length' | 'chunks' | 'untilEnd';

/** A chunk with less room than this waits for more, unless it is all there is: dribble costs more than it carries. */
const CHUNK_BYTES_MIN = 256;
/** Size line and line end of a chunk, at most. */
const CHUNK_OVERHEAD_BYTES = 14;

/** The sending side of a connection: frames the content of one message at a time. */
export class Sender {
  readonly output: Output;
  /** A `data` could not take all: tell the user when there is room. */
  isBlocked = false;
  private readonly limits: Http1Limits;
  private framing: Framing = 'none';
  private remaining = 0;

  constructor(output: Output, limits: Http1Limits) {
    this.output = output;
    this.limits = limits;
  }

  get hasRoom(): boolean {
    return this.output.length < this.limits.outputBytes;
  }

  begin(framing: Framing, contentLength: number): void {
    this.framing = framing;
    this.remaining = contentLength;
    this.isBlocked = false;
  }

  /**
   * Takes content, as much as there is room for. Hot path.
   * @returns how many bytes were taken
   */
  data(bytes: Uint8Array, start: number, end: number): number {
    const { output, framing } = this;
    if (framing === 'none') return end - start;
    const room = Math.max(0, this.limits.outputBytes - output.length);
    const take = Math.min(end - start, room);
    this.isBlocked = take < end - start;
    if (framing === 'length') {
      assert(end - start <= this.remaining, 'more content than its declared length');
      this.remaining -= take;
    }
    if (framing !== 'chunks') {
      output.copy(bytes, start, start + take);
      return take;
    }
    if (take === 0 || (this.isBlocked && take < CHUNK_BYTES_MIN)) return 0;
    output.reserve(take + CHUNK_OVERHEAD_BYTES);
    output.text(take.toString(16));
    this.lineEnd();
    output.copy(bytes, start, start + take);
    this.lineEnd();
    return take;
  }

  /** Ends the content, without trailers. */
  end(): void {
    assert(this.framing !== 'length' || this.remaining === 0, 'less content than its declared length');
    if (this.framing === 'chunks') this.output.text('0\r\n\r\n');
    this.begin('none', 0);
  }

  /**
   * Ends the content with trailers, which only chunks have: they are dropped otherwise.
   * @param from a head to copy end-to-end fields of
   * @throws Http1FieldError before anything is sent
   */
  trailers(writer: HeadWriter, fields: readonly string[], from: Head | undefined): void {
    if (this.framing !== 'chunks') {
      this.end();
      return;
    }
    const { output } = this;
    const start = output.length;
    try {
      output.text('0\r\n');
      writer.beginTrailers();
      if (from !== undefined) writer.copyFields(from, undefined);
      writer.fields(fields);
      writer.endTrailers();
    } catch (error) {
      output.length = start;
      throw error;
    }
    this.begin('none', 0);
  }

  private lineEnd(): void {
    const { output } = this;
    output.reserve(2);
    output.bytes[output.length] = CR;
    output.bytes[output.length + 1] = LF;
    output.length += 2;
  }
}
