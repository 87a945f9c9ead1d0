import {
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthService,
  type HealthCheckResponse,
} from '@portolan/contracts/health';
import { abortable, type ErrorKind, PortolanError } from '@portolan/kernel';
import { implement, type BoundService } from './service.ts';

/** Health was asked of a service that this server does not have. */
export class UnknownServiceError extends PortolanError {
  readonly code = 'RPC_UNKNOWN_SERVICE';
  readonly kind: ErrorKind = 'not-found';
}

/** The standard gRPC health service (grpc/doc/health-checking.md), and the switch behind it. */
export interface Health {
  readonly service: BoundService;
  /** @param name `package.Service`, or '' for the server as a whole */
  set(name: string, serving: boolean): void;
  /** For good: nothing is served any more, and watches end once they have said so. */
  drain(): void;
}

export function createHealth(names: readonly string[]): Health {
  const statuses = new Map<string, ServingStatus>(['', ...names].map((name) => [name, ServingStatus.SERVING]));
  let change = Promise.withResolvers<undefined>();
  const changed = (): void => {
    change.resolve(undefined);
    change = Promise.withResolvers();
  };
  const service = implement(HealthService, {
    check: async ({ service: name }) => {
      const status = statuses.get(name);
      if (status !== undefined) return { status };
      throw new UnknownServiceError(`no service "${name}" is here`, {
        fix: `ask for one of: ${[...statuses.keys()].map((known) => `"${known}"`).join(', ')}`,
        context: { service: name },
      });
    },
    async *watch({ service: name }, call): AsyncGenerator<HealthCheckResponse, void> {
      let last: ServingStatus | undefined;
      while (true) {
        const next = change.promise;
        const status = statuses.get(name) ?? ServingStatus.SERVICE_UNKNOWN;
        if (status !== last) yield { status };
        last = status;
        if (call.draining.aborted) return;
        await abortable(next, call.signal);
      }
    },
  });
  return {
    service,
    set: (name, serving) => {
      statuses.set(name, serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
      changed();
    },
    drain: () => {
      for (const name of statuses.keys()) statuses.set(name, ServingStatus.NOT_SERVING);
      changed();
    },
  };
}
