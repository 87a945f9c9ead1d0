import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** The registry is away, and what is asked was never asked before. */
export class RegistryAwayError extends PortolanError {
  readonly code = 'AGENT_REGISTRY_AWAY';
  readonly kind: ErrorKind = 'unavailable';

  constructor(what: string) {
    super(`no registry answers, and this agent does not know ${what} yet`, {
      fix: 'wait until the registry is back, or name one that runs with --registry host:port',
    });
  }
}

/** The registry's own words about what an agent asked for somebody else. */
export class RegistryRefusedError extends PortolanError {
  readonly code = 'AGENT_REGISTRY_REFUSED';
  readonly kind: ErrorKind = 'invalid';
}

/** The services of one host ask more different things than a stream to the registry carries. */
export class TooManyQuestionsError extends PortolanError {
  readonly code = 'AGENT_TOO_MANY_QUESTIONS';
  readonly kind: ErrorKind = 'exhausted';

  constructor(max: number) {
    super(`this agent follows ${max} different questions, which is the limit`, {
      fix: 'ask for services as a whole rather than by many tags, or ask the registry itself',
      context: { max },
    });
  }
}

/** One agent does not speak for another. */
export class NotARegistryError extends PortolanError {
  readonly code = 'AGENT_NOT_A_REGISTRY';
  readonly kind: ErrorKind = 'unimplemented';

  constructor() {
    super('an agent serves the services of its host, not other agents', {
      fix: 'give the other agent the address of a registry with --registry host:port',
    });
  }
}

/** The folder or file that keeps who this agent is cannot be used. */
export class AgentIdError extends PortolanError {
  readonly code = 'AGENT_DATA_DIR';
  readonly kind: ErrorKind = 'precondition';
}

/** A body, parameter or query in Consul's shape that cannot be read. */
export class ConsulRequestError extends PortolanError {
  readonly code = 'AGENT_CONSUL_REQUEST';
  readonly kind: ErrorKind = 'invalid';
}

/** The agent-check port cannot be listened on. */
export class AgentCheckBindError extends PortolanError {
  readonly code = 'AGENT_CHECK_BIND_FAILED';
  readonly kind: ErrorKind = 'precondition';
}
