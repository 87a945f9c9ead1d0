import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** The connection was lost, or given up here, before both sides had said all. */
export class ExchangeLostError extends PortolanError {
  readonly code = 'HTTP_EXCHANGE_LOST';
  readonly kind: ErrorKind;
  /** For whoever waits for a response. */
  readonly status = 502;

  constructor(by: 'peer' | 'us', cause?: Error) {
    super(by === 'peer' ? 'the connection was lost in the middle of an exchange' : 'the exchange was given up here', {
      fix: 'ask again, if what was asked may be done twice',
      context: { by },
      cause,
    });
    this.kind = by === 'peer' ? 'unavailable' : 'cancelled';
  }
}
