import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** The server does not have the method that was called. */
export class UnknownMethodError extends PortolanError {
  readonly code = 'RPC_UNIMPLEMENTED';
  readonly kind: ErrorKind = 'unimplemented';

  constructor(path: string) {
    super(`there is no method ${path.slice(0, 200)} here`, {
      fix: 'call a server that has it: this one may be older',
      context: { method: path },
    });
  }
}

/** The client's library speaks gRPC in a way that nobody could answer. */
export class MalformedCallError extends PortolanError {
  readonly code = 'RPC_MALFORMED_CALL';
  readonly kind: ErrorKind = 'internal';

  constructor(what: string) {
    super(what, { fix: "use a client that keeps to gRPC's description of its HTTP/2 mapping" });
  }
}

/** A message is compressed in a way that this server does not know. */
export class UnknownEncodingError extends PortolanError {
  readonly code = 'RPC_UNKNOWN_ENCODING';
  readonly kind: ErrorKind = 'unimplemented';

  constructor(encoding: string, accepted: string) {
    super(`messages in ${encoding.slice(0, 100)} are not understood`, {
      fix: `send them as one of ${accepted}`,
      context: { encoding, accepted },
    });
  }
}

/** A method that takes one request was sent none, or several. */
export class CardinalityError extends PortolanError {
  readonly code = 'RPC_CARDINALITY';
  readonly kind: ErrorKind = 'unimplemented';

  constructor(path: string, requests: 'no' | 'more than one') {
    super(`${path} takes one request, and ${requests} request came`, {
      fix: 'call it as its contract says: a client of another version may think that it streams',
      context: { method: path },
    });
  }
}

/** The caller of a stream takes nothing of what it asked for. */
export class StreamStalledError extends PortolanError {
  readonly code = 'RPC_STREAM_STALLED';
  readonly kind: ErrorKind = 'exhausted';

  constructor(path: string, stallMs: number) {
    super(`nothing of a stream of ${path} was taken for ${stallMs / 1_000} s`, {
      fix: 'read answers as they come, and call again from where it ended',
      context: { method: path },
    });
  }
}
