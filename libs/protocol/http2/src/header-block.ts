import { Http2ConnectionError } from './connection-error.ts';
import { ERROR_CODE } from './frame.ts';
import type { Http2Limits } from './limits.ts';

/** The header block that CONTINUATION frames are to end (RFC 9113, section 6.10). Nothing else may come between them. */
export class HeaderBlock {
  /** Whose block it is; 0: none is under way. */
  stream = 0;
  endsStream = false;
  bytes: Uint8Array = NO_BYTES;
  length = 0;
  private readonly limits: Http2Limits;
  private continuations = 0;

  constructor(limits: Http2Limits) {
    this.limits = limits;
  }

  begin(stream: number, endsStream: boolean): void {
    this.stream = stream;
    this.endsStream = endsStream;
    this.continuations = 0;
  }

  /** @throws Http2ConnectionError past the limit of frames */
  continue(): void {
    this.continuations += 1;
    if (this.continuations > this.limits.continuations) {
      throw new Http2ConnectionError(
        ERROR_CODE.enhanceYourCalm,
        `more than ${this.limits.continuations} CONTINUATION frames in a header block`,
      );
    }
  }

  /** @throws Http2ConnectionError past the limit of bytes */
  check(length: number): void {
    const { headerBlockBytes } = this.limits;
    if (length > headerBlockBytes) {
      throw new Http2ConnectionError(
        ERROR_CODE.enhanceYourCalm,
        `a header block of ${length} bytes and more, the limit is ${headerBlockBytes}`,
      );
    }
  }

  /** @throws Http2ConnectionError past the limit of bytes */
  add(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start;
    this.check(needed);
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.min(this.limits.headerBlockBytes, needed * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(bytes.subarray(start, end), this.length);
    this.length = needed;
  }

  /** It is whole; its bytes are the caller's. */
  end(): void {
    this.stream = 0;
    this.bytes = NO_BYTES;
    this.length = 0;
  }
}

const NO_BYTES = new Uint8Array(0);
