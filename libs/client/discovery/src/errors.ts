import type { ErrorDetail } from '@portolan/contracts/error';
import { ERROR_KINDS, PortolanError, type ErrorKind } from '@portolan/kernel';
import { RpcError } from '@portolan/rpc';

/** No registry node answered in time. */
export class RegistryUnavailableError extends RpcError {
  constructor(addresses: readonly string[], cause: unknown) {
    super(`no registry answers at ${addresses.join(', ')}`, {
      code: 'DISCOVERY_REGISTRY_UNAVAILABLE',
      kind: 'unavailable',
      fix: 'start a registry there, or name one that runs with --registry host:port',
      context: { addresses: addresses.join(',') },
      reachedServer: false,
      cause,
    });
  }
}

/** The registry does not take a registration as it is. */
export class RegistrationRefusedError extends PortolanError {
  readonly code = 'DISCOVERY_REGISTRATION_REFUSED';
  readonly kind: ErrorKind;

  constructor(instance: string, detail: ErrorDetail) {
    super(`the registry refuses ${instance}: ${detail.message}`, {
      fix: detail.fix,
      context: { instance, reason: detail.code },
    });
    this.kind = kindOf(detail);
  }
}

/** The registry does not answer a query as it is. */
export class QueryRefusedError extends PortolanError {
  readonly code = 'DISCOVERY_QUERY_REFUSED';
  readonly kind: ErrorKind;

  constructor(subject: string, detail: ErrorDetail) {
    super(`the registry refuses to answer for ${subject}: ${detail.message}`, {
      fix: detail.fix,
      context: { subject, reason: detail.code },
    });
    this.kind = kindOf(detail);
  }
}

/** Discovery was disposed. */
export class DiscoveryClosedError extends PortolanError {
  readonly code = 'DISCOVERY_CLOSED';
  readonly kind: ErrorKind = 'cancelled';

  constructor() {
    super('discovery is closed', { fix: 'dispose discovery after its last use' });
  }
}

/** More different queries are held than a process can mean to hold. */
export class TooManyQueriesError extends PortolanError {
  readonly code = 'DISCOVERY_TOO_MANY_QUERIES';
  readonly kind: ErrorKind = 'exhausted';

  constructor(queriesMax: number) {
    super(`${queriesMax} different queries are held already`, {
      fix: 'do not take the name of a service from a request unchecked; end watches that are over',
      context: { queriesMax },
    });
  }
}

/** The class of an error that came inside a stream. */
export function kindOf(detail: ErrorDetail): ErrorKind {
  return ERROR_KINDS.find((kind) => kind === detail.kind) ?? 'internal';
}

const FINAL: readonly ErrorKind[] = ['invalid', 'forbidden', 'unauthenticated', 'unimplemented'];

/** Another node may do better. */
export function isLost(kind: ErrorKind): boolean {
  return kind === 'unavailable' || kind === 'deadline' || kind === 'cancelled';
}

/** Whether asking the same again can only fail again. */
export function isFinal(kind: ErrorKind): boolean {
  return FINAL.includes(kind);
}
