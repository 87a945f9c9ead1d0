import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** A header block that does not decode. The two sides no longer agree on the dynamic table: the connection is lost (RFC 9113, section 4.3). */
export class CompressionError extends PortolanError {
  readonly code = 'HTTP2_COMPRESSION';
  readonly kind: ErrorKind = 'invalid';

  constructor(why: string) {
    super(`the header block ${why}`, { fix: 'close the connection and open another; the peer encodes HPACK wrongly' });
  }
}
