import { PortolanError, type ErrorKind } from '@portolan/kernel';
import type { Key, LeaseId } from '@portolan/kv';
import type { InstanceName } from './catalog.ts';
import type { NodeName } from './model.ts';
import type { Problem } from './input/problem.ts';

/** What was sent cannot be registered, reported or asked for. Names every problem, not only the first. */
export class InvalidRegistrationError extends PortolanError {
  readonly code = 'CATALOG_INVALID_REGISTRATION';
  readonly kind: ErrorKind = 'invalid';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const said = problems.map(({ field, value, limit }) => `${field} is ${value}, but must be ${limit}`);
    super(said.join('; '), {
      fix: [...new Set(problems.map(({ fix }) => fix))].join('; '),
      context: { fields: problems.map(({ field }) => field).join(', '), problems: problems.length },
    });
    this.problems = problems;
  }
}

export class InstanceNotFoundError extends PortolanError {
  readonly code = 'CATALOG_INSTANCE_NOT_FOUND';
  readonly kind: ErrorKind = 'not-found';

  constructor({ service, instanceId }: InstanceName) {
    super(`${service} has no instance ${instanceId}`, {
      fix: 'register it first; it may have expired or been removed',
      context: { service, instanceId },
    });
  }
}

/** The instance is there, but somebody else registered it since. */
export class InstanceTakenError extends PortolanError {
  readonly code = 'CATALOG_INSTANCE_TAKEN';
  readonly kind: ErrorKind = 'conflict';

  constructor({ service, instanceId }: InstanceName, owner: string) {
    super(`instance ${instanceId} of ${service} belongs to ${owner}`, {
      fix: 'give each process an id of its own, or have its owner deregister it',
      context: { service, instanceId, owner },
    });
  }
}

/** An operator removed it, and its agent has not said yet that it has forgotten it. */
export class InstanceEvictedError extends PortolanError {
  readonly code = 'CATALOG_INSTANCE_EVICTED';
  readonly kind: ErrorKind = 'conflict';

  constructor({ service, instanceId }: InstanceName, principal: string) {
    super(`instance ${instanceId} of ${service} was removed by ${principal}`, {
      fix: 'deregister it on its host; then it can be registered again',
      context: { service, instanceId, principal },
    });
  }
}

/** Two agents for one host: one of them is not where it thinks it is. */
export class HostTakenError extends PortolanError {
  readonly code = 'CATALOG_HOST_TAKEN';
  readonly kind: ErrorKind = 'conflict';

  constructor(node: NodeName, agentId: string) {
    super(`the agent ${agentId} speaks for the host ${node} already`, {
      fix: 'give each host a --node of its own; if the other agent is gone for good, wait until its time to live is over',
      context: { node, agentId },
    });
  }
}

/** Others kept changing the same instance at the same time. */
export class InstanceContendedError extends PortolanError {
  readonly code = 'CATALOG_INSTANCE_CONTENDED';
  readonly kind: ErrorKind = 'conflict';

  constructor({ service, instanceId }: InstanceName, attempts: number) {
    super(`instance ${instanceId} of ${service} was changed by others ${attempts} times while it was being written`, {
      fix: 'give each process an id of its own; then try again',
      context: { service, instanceId, attempts },
    });
  }
}

/** The lease has ended, a newer stream goes on with it, or the session was closed. */
export class SessionEndedError extends PortolanError {
  readonly code = 'CATALOG_SESSION_ENDED';
  readonly kind: ErrorKind = 'precondition';

  constructor(lease: LeaseId, why: string, cause?: unknown) {
    super(`the session with lease ${lease} has ended: ${why}`, {
      fix: 'open a session and register again',
      context: { lease },
      cause,
    });
  }
}

export class SessionFullError extends PortolanError {
  readonly code = 'CATALOG_SESSION_FULL';
  readonly kind: ErrorKind = 'exhausted';

  constructor(instancesMax: number) {
    super(`a session holds at most ${instancesMax} instances`, {
      fix: 'deregister some, or open another session',
      context: { instancesMax },
    });
  }
}

export class TooManyChecksError extends PortolanError {
  readonly code = 'CATALOG_TOO_MANY_CHECKS';
  readonly kind: ErrorKind = 'exhausted';

  constructor({ service, instanceId }: InstanceName, checksMax: number) {
    super(`instance ${instanceId} of ${service} has ${checksMax} checks already, the most there may be`, {
      fix: 'report one check for several things that fail together, or register again with fewer',
      context: { service, instanceId, checksMax },
    });
  }
}

/** Written by a newer version of Portolan, or by something else. */
export class UnreadableRecordError extends PortolanError {
  readonly code = 'CATALOG_UNREADABLE_RECORD';
  readonly kind: ErrorKind = 'internal';

  constructor(key: Key, what: string, cause?: unknown) {
    super(`the value of ${key} cannot be read: ${what}`, {
      fix: 'upgrade this node, or delete the key',
      context: { key },
      cause,
    });
  }
}

export class CatalogClosedError extends PortolanError {
  readonly code = 'CATALOG_CLOSED';
  readonly kind: ErrorKind = 'unavailable';

  constructor() {
    super('the catalog is closed', { fix: 'ask another member, or wait for the restart' });
  }
}
