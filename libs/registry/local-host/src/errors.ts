import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** A check that cannot be run as it is described. Names every problem. */
export class InvalidCheckError extends PortolanError {
  readonly code = 'LOCAL_HOST_INVALID_CHECK';
  readonly kind: ErrorKind = 'invalid';

  constructor(problems: readonly string[]) {
    super(`this check cannot be: ${problems.join('; ')}`, {
      fix: 'give it an id and one of http, tcp, grpc, ttl, args or alias, and durations such as 10s',
      context: { problems: problems.length },
    });
  }
}

/** More services or checks than the registry takes of one host. */
export class HostFullError extends PortolanError {
  readonly code = 'LOCAL_HOST_FULL';
  readonly kind: ErrorKind = 'exhausted';

  constructor(what: string, max: number) {
    super(`this host would have more than ${max} ${what}`, {
      fix: 'deregister some, or let one check stand for several things that fail together',
      context: { what, max },
    });
  }
}

/** A check that runs a program, on an agent that was not told to run any. */
export class ScriptChecksOffError extends PortolanError {
  readonly code = 'LOCAL_HOST_SCRIPT_CHECKS_OFF';
  readonly kind: ErrorKind = 'forbidden';

  constructor(id: string) {
    super(`check ${id} runs a program, and this agent runs none`, {
      fix: 'start the agent with --script-checks, on hosts where whoever may register may also run programs; or use another kind of check',
      context: { check: id },
    });
  }
}

export class ServiceNotFoundError extends PortolanError {
  readonly code = 'LOCAL_HOST_SERVICE_NOT_FOUND';
  readonly kind: ErrorKind = 'not-found';

  constructor(id: string) {
    super(`this host has no service with the id ${id}`, {
      fix: 'register it at this agent first; it may have been deregistered by an operator',
      context: { id },
    });
  }
}

export class CheckNotFoundError extends PortolanError {
  readonly code = 'LOCAL_HOST_CHECK_NOT_FOUND';
  readonly kind: ErrorKind = 'not-found';

  constructor(id: string) {
    super(`this host has no check with the id ${id}`, {
      fix: 'register it first, or with its service',
      context: { id },
    });
  }
}

/** Only checks of the kind `ttl` are reported by their services. */
export class NotTtlCheckError extends PortolanError {
  readonly code = 'LOCAL_HOST_NOT_A_TTL_CHECK';
  readonly kind: ErrorKind = 'precondition';

  constructor(id: string, kind: string) {
    super(`check ${id} is of the kind ${kind}: the agent finds its status itself`, {
      fix: 'register the check with a ttl to report it',
      context: { id, kind },
    });
  }
}

/** The file that keeps the services of this host cannot be used. */
export class HostStateError extends PortolanError {
  readonly code = 'LOCAL_HOST_STATE';
  readonly kind: ErrorKind = 'precondition';

  constructor(path: string, what: string, cause: unknown) {
    super(`cannot use ${path}: ${what}`, {
      fix: 'choose a --data-dir that this user may write; if the file is damaged, delete it, and services have to register again',
      context: { path },
      cause,
    });
  }
}
