import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** This node is about to end, so it ends its streams first: their clients go on elsewhere. */
export class RegistryDrainingError extends PortolanError {
  readonly code = 'REGISTRY_DRAINING';
  readonly kind: ErrorKind = 'unavailable';

  constructor() {
    super('this registry node is ending', { fix: 'open the stream again, at another node or when this one is back' });
  }
}

/** A session stream begins with `open`, and has it once. */
export class SessionOrderError extends PortolanError {
  readonly code = 'REGISTRY_SESSION_ORDER';
  readonly kind: ErrorKind = 'precondition';

  constructor(asked: string, when: 'first' | 'later') {
    const message =
      when === 'first' ? `a session begins with "open", not with "${asked}"` : 'this session stream is open already';
    super(message, { fix: 'send "open" as the first message of each session stream, and only there' });
  }
}

/** Only the agent of a host forgets evictions. */
export class NoHostSessionError extends PortolanError {
  readonly code = 'REGISTRY_NO_HOST_SESSION';
  readonly kind: ErrorKind = 'precondition';

  constructor() {
    super('this session does not speak for a host', { fix: 'open the session with "host"' });
  }
}

/** A message whose oneof is not set: empty, or of a newer version. */
export class EmptyRequestError extends PortolanError {
  readonly code = 'REGISTRY_EMPTY_REQUEST';
  readonly kind: ErrorKind = 'invalid';

  constructor(what: string) {
    super(`${what} asks for nothing that this node knows`, {
      fix: 'set one field of its oneof; one that is new needs a newer registry',
    });
  }
}

/** Two subscriptions of one stream could not be told apart by their answers: the stream ends. */
export class SubscriptionExistsError extends PortolanError {
  readonly code = 'REGISTRY_SUBSCRIPTION_EXISTS';
  readonly kind: ErrorKind = 'invalid';

  constructor(id: bigint) {
    super(`this stream has a subscription ${id} already`, { fix: 'choose an id that was not used', context: { id } });
  }
}

export class TooManySubscriptionsError extends PortolanError {
  readonly code = 'REGISTRY_TOO_MANY_SUBSCRIPTIONS';
  readonly kind: ErrorKind = 'exhausted';

  constructor(max: number) {
    super(`this stream has ${max} subscriptions, which is the limit`, {
      fix: 'unsubscribe some, or watch all services',
      context: { max },
    });
  }
}
