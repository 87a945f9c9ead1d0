import { PortolanError } from '@portolan/kernel';
import { RpcError } from '@portolan/rpc';

/** Nobody to call: the service has no healthy instance, or nothing is known of it. Trying again later may help. */
export class NoEndpointError extends RpcError {
  constructor(service: string, why: 'none' | 'unknown') {
    super(
      why === 'none'
        ? `${service} has no instance that takes calls`
        : `nothing is known of ${service} yet: no registry has answered`,
      {
        code: 'DISCOVERY_NO_ENDPOINT',
        kind: 'unavailable',
        fix:
          why === 'none'
            ? `start ${service}; when it runs, ask the registry with Resolve and explain whether it is registered and its checks pass`
            : `see that a registry runs where this process looks for it (its --registry), and that ${service} is registered there`,
        context: { service },
        reachedServer: false,
      },
    );
  }
}

/** The channel, or discovery, was disposed. */
export class ChannelClosedError extends RpcError {
  constructor() {
    super('the channel is closed', {
      code: 'DISCOVERY_CLOSED',
      kind: 'cancelled',
      fix: 'end calls before disposing discovery or its channels',
      reachedServer: false,
    });
  }
}

/** As many connections as a process may have, and a call under way on each. */
export class TooManyConnectionsError extends RpcError {
  constructor(connectionsMax: number) {
    super(`${connectionsMax} connections are open already, and all are in use`, {
      code: 'DISCOVERY_TOO_MANY_CONNECTIONS',
      kind: 'exhausted',
      fix: 'call fewer endpoints from one process, or end streams that are not needed',
      context: { connectionsMax },
      reachedServer: false,
    });
  }
}

/** What a caller of a channel may see: why nothing is known may be said in words of discovery. */
export function rpcErrorOf(error: unknown): unknown {
  if (error instanceof RpcError || !(error instanceof PortolanError)) return error;
  const { code, kind, fix, context } = error;
  return new RpcError(error.message, { code, kind, fix, context, reachedServer: false, cause: error });
}
