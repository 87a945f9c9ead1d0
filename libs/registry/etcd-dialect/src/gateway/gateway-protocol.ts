import { createCounters, http1Protocol, type ServedProtocol } from '@portolan/http';
import type { Clock } from '@portolan/kernel';
import type { KvStore } from '@portolan/kv';
import type { BoundMethod, BoundService, Identify } from '@portolan/rpc';
import type { Logger, Registry } from '@portolan/telemetry';
import { GatewayExchange } from './gateway-exchange.ts';

export interface GatewayOptions {
  /** The same that gRPC serves. */
  readonly services: readonly BoundService[];
  readonly store: KvStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Streams end when it is aborted. */
  readonly draining: AbortSignal;
  /** What `/metrics` shows. */
  readonly registry: Registry | undefined;
  /** Whose pages in a browser may ask; see `originRule`. */
  readonly origins: readonly string[];
  /** undefined: nobody asks who it is. */
  readonly identify: Identify | undefined;
}

/** What all exchanges share. */
export interface GatewayScope extends Omit<GatewayOptions, 'services'> {
  readonly methods: ReadonlyMap<string, BoundMethod>;
}

/** etcd's API as JSON over HTTP/1.1, and what it tells of itself: `/version`, `/health`, `/livez`, `/readyz`, `/metrics`. */
export function gatewayProtocol({ services, ...options }: GatewayOptions): ServedProtocol {
  const methods = new Map(services.flatMap((service) => service.methods.map((one) => [one.definition.path, one])));
  const scope: GatewayScope = { ...options, methods };
  return http1Protocol<GatewayExchange>({
    counters: createCounters(),
    clock: options.clock,
    // A watch may say nothing for days.
    timeLimits: { contentIdleMs: Infinity },
    handler: {
      onRequest: (wire, head, endStream) => {
        const exchange = new GatewayExchange(scope, wire, head);
        if (head.expectsContinue) wire.interim(100, []);
        if (endStream) exchange.onEnd();
        return exchange;
      },
      onData: (exchange, bytes, start, end) => {
        exchange.onData(bytes, start, end);
      },
      onEnd: (exchange) => {
        exchange.onEnd();
      },
      onWritable: (exchange) => {
        exchange.onWritable();
      },
      onHalfClose: (exchange) => {
        exchange.onHalfClose();
      },
      onClose: (exchange) => {
        exchange.onClose();
      },
    },
  });
}
