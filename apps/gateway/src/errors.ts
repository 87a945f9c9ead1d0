import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { httpStatusOf } from '@portolan/rpc';

/** A request that the gateway answers itself, because it cannot or will not forward it. */
export abstract class GatewayError extends PortolanError {
  /** Where HTTP is more exact than the kind. */
  get status(): number {
    return httpStatusOf(this.kind);
  }
}

/** No route takes this host and path. */
export class NoRouteError extends GatewayError {
  readonly code = 'GATEWAY_NO_ROUTE';
  readonly kind: ErrorKind = 'not-found';

  constructor(host: string, path: string) {
    super(`no route takes ${path} on host ${host === '' ? '(none)' : host}`, {
      fix: 'check host and path; GET /routes on the ops port lists the routes',
      context: { host, path },
    });
  }
}

/** A request that is not HTTP as the standard has it, or that two servers could read differently. */
export class MalformedRequestError extends GatewayError {
  readonly code = 'GATEWAY_MALFORMED_REQUEST';
  readonly kind: ErrorKind = 'invalid';
}

/** The head of a request is larger than the gateway reads. */
export class HeadTooLargeError extends GatewayError {
  readonly code = 'GATEWAY_HEAD_TOO_LARGE';
  readonly kind: ErrorKind = 'invalid';
  override get status(): number {
    return 431;
  }
}

/** The body of a request is larger than the gateway forwards. */
export class BodyTooLargeError extends GatewayError {
  readonly code = 'GATEWAY_BODY_TOO_LARGE';
  readonly kind: ErrorKind = 'invalid';

  constructor(bytesMax: number) {
    super(`the body is larger than ${bytesMax} bytes`, {
      fix: 'send less at once, or raise bodyBytesMax',
      context: { bytesMax },
    });
  }
  override get status(): number {
    return 413;
  }
}

/** A client took too long to send its request. */
export class SlowRequestError extends GatewayError {
  readonly code = 'GATEWAY_SLOW_REQUEST';
  readonly kind: ErrorKind = 'deadline';
  override get status(): number {
    return 408;
  }
}

/** `Expect` holds something other than 100-continue. */
export class ExpectationError extends GatewayError {
  readonly code = 'GATEWAY_EXPECTATION';
  readonly kind: ErrorKind = 'invalid';
  override get status(): number {
    return 417;
  }
}

/** A method or protocol that the gateway does not forward. */
export class UnsupportedError extends GatewayError {
  readonly code = 'GATEWAY_UNSUPPORTED';
  readonly kind: ErrorKind = 'unimplemented';
}

/** A route leads to a service of which no healthy instance is known. */
export class NoEndpointError extends GatewayError {
  readonly code = 'GATEWAY_NO_ENDPOINT';
  readonly kind: ErrorKind = 'unavailable';

  constructor(service: string) {
    super(`no healthy instance of ${service} is known`, {
      fix: `start an instance of ${service}, or look why the registry does not list one`,
      context: { service },
    });
  }
}

/** Every instance has as many requests in flight as the gateway sends to one. */
export class UpstreamOverloadedError extends GatewayError {
  readonly code = 'GATEWAY_UPSTREAM_OVERLOADED';
  readonly kind: ErrorKind = 'unavailable';

  constructor(service: string, requestsMax: number) {
    super(`every instance of ${service} has ${requestsMax} requests in flight`, {
      fix: `start more instances of ${service}`,
      context: { service, requestsMax },
    });
  }
}

/** No instance took the connection; the request reached none of them. */
export class UpstreamUnreachableError extends GatewayError {
  readonly code = 'GATEWAY_UPSTREAM_UNREACHABLE';
  readonly kind: ErrorKind = 'unavailable';

  constructor(service: string, address: string, cause: Error) {
    super(`cannot connect to ${service} at ${address}: ${cause.message}`, {
      fix: 'try again; instances that are gone leave the routes within seconds',
      context: { service, address },
      cause,
    });
  }
}

/** An instance broke the connection before it answered. The request may have been carried out. */
export class UpstreamFailedError extends GatewayError {
  readonly code = 'GATEWAY_UPSTREAM_FAILED';
  readonly kind: ErrorKind = 'unavailable';

  constructor(service: string, address: string, cause: Error) {
    super(`${service} at ${address} did not answer: ${cause.message}`, {
      fix: 'try again if the request may be carried out twice',
      context: { service, address },
      cause,
    });
  }
  override get status(): number {
    return 502;
  }
}

/** An instance took the request and did not begin to answer in time. */
export class UpstreamTimeoutError extends GatewayError {
  readonly code = 'GATEWAY_UPSTREAM_TIMEOUT';
  readonly kind: ErrorKind = 'deadline';

  constructor(service: string, address: string, timeoutMs: number) {
    super(`${service} at ${address} did not begin to answer within ${timeoutMs} ms`, {
      fix: `look what keeps ${service}, or raise responseTimeoutMs`,
      context: { service, address, timeoutMs },
    });
  }
}

/** The gateway itself failed. */
export class InternalError extends GatewayError {
  readonly code = 'GATEWAY_INTERNAL';
  readonly kind: ErrorKind = 'internal';

  constructor(cause: unknown) {
    super('the gateway failed to handle this request', { fix: 'look for the trace id in its log', cause });
  }
}

/** The port for clients cannot be opened. */
export class GatewayBindError extends GatewayError {
  readonly code = 'GATEWAY_BIND_FAILED';
  readonly kind: ErrorKind = 'precondition';
}
