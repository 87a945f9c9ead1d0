import { CR, HEX, isWhiteSpace, LF, NOT_HEX, SEMICOLON } from './character.ts';
import { ChunkExtension } from './chunk-extension.ts';
import { refuse } from './connection-error.ts';
import type { Http1Limits } from './limits.ts';

const STATE = {
  size: 0,
  /** Digits were read; more, an extension, or the end of the line. */
  sizeMore: 1,
  extension: 2,
  sizeLf: 3,
  data: 4,
  dataCr: 5,
  dataLf: 6,
  /** The last chunk was read: trailers follow. */
  trailers: 7,
} as const;

type State = (typeof STATE)[keyof typeof STATE];

/** Reads chunk by chunk (RFC 9112, section 7.1) whatever way the bytes are cut. Hot path: a byte of data is not looked at. */
export class ChunkReader {
  /** Where the data begin that `read` found, up to what it returned; empty when both are the same. */
  dataStart = 0;
  /** What this message may still have. */
  private extensionBytes = 0;
  private contentBytes = 0;
  private readonly extension = new ChunkExtension();
  private state: State = STATE.size;
  private size = 0;
  private digits = 0;
  private readonly limits: Http1Limits;

  constructor(limits: Http1Limits) {
    this.limits = limits;
  }

  /** The last chunk was read. */
  get isAtTrailers(): boolean {
    return this.state === STATE.trailers;
  }

  begin(): void {
    this.state = STATE.size;
    this.size = 0;
    this.digits = 0;
    this.extensionBytes = this.limits.chunkExtensionBytes;
    this.contentBytes = this.limits.contentBytes;
  }

  /**
   * Reads on until there are data, the input ends, or the trailers begin.
   * @returns up to where it read; data lie between `dataStart` and there
   * @throws Http1MessageError
   */
  read(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      if (this.state === STATE.data) {
        const take = Math.min(end - at, this.size);
        this.dataStart = at;
        this.size -= take;
        if (this.size === 0) this.state = STATE.dataCr;
        return at + take;
      }
      this.take(bytes[at] ?? 0);
      at += 1;
      if (this.state === STATE.trailers) break;
    }
    this.dataStart = at;
    return at;
  }

  /** One byte that is no data. */
  private take(byte: number): void {
    switch (this.state) {
      case STATE.size:
      case STATE.sizeMore:
        this.takeSize(byte);
        break;
      case STATE.extension:
        if (this.extension.take(byte)) this.state = STATE.sizeLf;
        else this.spendExtension();
        break;
      case STATE.sizeLf:
        if (byte !== LF) refuse('bare-cr');
        this.endSize();
        break;
      case STATE.dataCr:
        if (byte !== CR) refuse('chunk-end');
        this.state = STATE.dataLf;
        break;
      case STATE.dataLf:
        if (byte !== LF) refuse('chunk-end');
        this.state = STATE.size;
        break;
      case STATE.data:
      case STATE.trailers:
        break;
    }
  }

  private takeSize(byte: number): void {
    const value = HEX[byte] ?? NOT_HEX;
    if (value !== NOT_HEX) {
      this.digits += 1;
      if (this.digits > this.limits.chunkSizeDigits) refuse('chunk-size-too-long');
      this.size = this.size * 16 + value;
      this.state = STATE.sizeMore;
    } else if (this.state === STATE.size) {
      refuse('chunk-size');
    } else if (byte === CR) {
      this.state = STATE.sizeLf;
    } else if (byte === SEMICOLON || isWhiteSpace(byte)) {
      this.spendExtension();
      this.extension.begin(byte);
      this.state = STATE.extension;
    } else {
      refuse(byte === LF ? 'bare-lf' : 'chunk-size');
    }
  }

  private endSize(): void {
    if (this.size > this.contentBytes) refuse('content-too-long');
    this.contentBytes -= this.size;
    this.digits = 0;
    this.state = this.size === 0 ? STATE.trailers : STATE.data;
  }

  private spendExtension(): void {
    this.extensionBytes -= 1;
    if (this.extensionBytes < 0) refuse('chunk-extensions-too-long');
  }
}
