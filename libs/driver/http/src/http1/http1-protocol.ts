import type { Http1Limits } from '@portolan/http1';
import type { Clock } from '@portolan/kernel';
import { systemClock } from '@portolan/runtime';
import type { HttpCounters } from '../counters.ts';
import type { ServedProtocol } from '../served-protocol.ts';
import { DEFAULT_TIME_LIMITS, type TimeLimits } from '../time-limits.ts';
import type { Http1Handler } from './http1-handler.ts';
import { Http1Wire, type Http1WireOptions } from './http1-wire.ts';

export interface Http1ProtocolOptions<Context extends object> {
  readonly handler: Http1Handler<Context>;
  readonly counters: HttpCounters;
  readonly limits?: Partial<Http1Limits>;
  readonly timeLimits?: Partial<TimeLimits>;
  /** See `Http1WireOptions`. */
  readonly ageMaxMs?: number;
  readonly clock?: Clock;
}

/** HTTP/1.1 for a server. */
export function http1Protocol<Context extends object>(options: Http1ProtocolOptions<Context>): ServedProtocol {
  const shared: Http1WireOptions<Context> = {
    handler: options.handler,
    counters: options.counters,
    limits: options.limits ?? {},
    timeLimits: { ...DEFAULT_TIME_LIMITS, ...options.timeLimits },
    ageMaxMs: options.ageMaxMs ?? Infinity,
    clock: options.clock ?? systemClock,
  };
  return { accept: (socket, peer, onGone) => new Http1Wire<Context>(socket, peer, shared, onGone) };
}
