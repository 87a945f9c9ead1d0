import { formatPrincipal, PortolanError, type ErrorKind, type Principal } from '@portolan/kernel';

/** What is protected: the three keyspaces of the store, and the catalog's own interface. */
export const RESOURCES = ['user', 'catalog-keyspace', 'system', 'catalog'] as const;
export type Resource = (typeof RESOURCES)[number];

/**
 * - `read`: ranges, watches, resolves
 * - `write`: puts, deletions, leases; in the catalog: registering and reporting checks
 * - `administer`: compaction; in the catalog: removing what somebody else owns
 */
export const VERBS = ['read', 'write', 'administer'] as const;
export type Verb = (typeof VERBS)[number];

export interface Action {
  readonly verb: Verb;
  readonly on: Resource;
}

/** Which verbs a kind of principal may use on which resource. What is not named is refused. */
export type Policy = Readonly<Record<Principal['kind'], Readonly<Partial<Record<Resource, readonly Verb[]>>>>>;

/** The principal may not do this. */
export class ForbiddenError extends PortolanError {
  readonly code = 'ACCESS_FORBIDDEN';
  readonly kind: ErrorKind = 'forbidden';

  constructor(principal: Principal, action: Action, allowed: readonly Principal['kind'][]) {
    super(`${formatPrincipal(principal)} may not ${action.verb} ${action.on}`, {
      fix: `call as one of: ${allowed.join(', ')}`,
      context: { principal: formatPrincipal(principal), verb: action.verb, resource: action.on },
    });
  }
}

export interface Access {
  /** @throws ForbiddenError, which names who may */
  check(principal: Principal, action: Action): void;
  allows(principal: Principal, action: Action): boolean;
}

const KINDS: readonly Principal['kind'][] = ['anonymous', 'user', 'service', 'operator', 'system'];

export function createAccess(policy: Policy): Access {
  const allowsKind = (kind: Principal['kind'], action: Action): boolean =>
    policy[kind][action.on]?.includes(action.verb) === true;
  return {
    allows: (principal, action) => allowsKind(principal.kind, action),
    check(principal, action) {
      if (allowsKind(principal.kind, action)) return;
      throw new ForbiddenError(
        principal,
        action,
        KINDS.filter((kind) => allowsKind(kind, action)),
      );
    },
  };
}

/** For a registry without credentials, on loopback: open to programs, closed where only Portolan itself writes. */
export const DEVELOPMENT_POLICY: Policy = {
  anonymous: { catalog: ['read'] },
  user: { catalog: ['read'] },
  service: { catalog: ['read', 'write'], user: ['read', 'write'] },
  operator: {
    catalog: ['read', 'write', 'administer'],
    user: ['read', 'write', 'administer'],
    'catalog-keyspace': ['read'],
  },
  system: {
    catalog: ['read', 'write', 'administer'],
    user: ['read', 'write', 'administer'],
    'catalog-keyspace': ['read', 'write', 'administer'],
    system: ['read', 'write', 'administer'],
  },
};
