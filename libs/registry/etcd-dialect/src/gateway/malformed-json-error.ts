import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** The body of a request to the JSON gateway is not what its path asks for. */
export class MalformedJsonError extends PortolanError {
  readonly code = 'ETCD_MALFORMED_JSON';
  readonly kind: ErrorKind = 'invalid';

  constructor(what: string) {
    super(what, { fix: 'send the JSON of the message: bytes in base64, 64-bit numbers as numbers or strings' });
  }
}
