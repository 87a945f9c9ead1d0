import { TokenCache, type Http2Limits } from '@portolan/http2';
import { systemClock } from '@portolan/runtime';
import type { Clock } from '@portolan/kernel';
import type { HttpCounters } from '../counters.ts';
import { latin1OfBuffer } from '../latin1-of-buffer.ts';
import type { ServedConnection, ServedProtocol } from '../served-protocol.ts';
import { DEFAULT_TIME_LIMITS, type TimeLimits } from '../time-limits.ts';
import type { Http2Handler } from './http2-handler.ts';
import { Http2Wire, type Http2WireOptions } from './http2-wire.ts';
import { DEFAULT_KEEP_ALIVE, type KeepAlive } from './keep-alive.ts';

export interface Http2ProtocolOptions<Context> {
  readonly handler: Http2Handler<Context>;
  readonly counters: HttpCounters;
  readonly limits?: Partial<Http2Limits>;
  readonly timeLimits?: Partial<TimeLimits>;
  readonly keepAlive?: Partial<KeepAlive>;
  /** See `Http2WireOptions`. */
  readonly ageMaxMs?: number;
  /** Offers extended CONNECT (RFC 8441). */
  readonly extendedConnect?: boolean;
  /** Takes an :authority that is none; only where nobody passes it on. */
  readonly anyAuthority?: boolean;
  readonly clock?: Clock;
}

/** HTTP/2 for a server: over TLS by ALPN, without it by prior knowledge (RFC 9113, section 3.3). */
export function http2Protocol<Context>(options: Http2ProtocolOptions<Context>): ServedProtocol {
  const shared: Http2WireOptions<Context> = {
    role: 'server',
    handler: options.handler,
    counters: options.counters,
    limits: options.limits ?? {},
    timeLimits: { ...DEFAULT_TIME_LIMITS, ...options.timeLimits },
    keepAlive: { ...DEFAULT_KEEP_ALIVE, ...options.keepAlive },
    ageMaxMs: options.ageMaxMs ?? Infinity,
    extendedConnect: options.extendedConnect ?? false,
    anyAuthority: options.anyAuthority ?? false,
    tokens: new TokenCache(latin1OfBuffer),
    clock: options.clock ?? systemClock,
  };
  return {
    accept: (socket, peer, onGone): ServedConnection => {
      const wire = new Http2Wire<Context>(socket, peer, shared, onGone);
      return {
        sweep: (now) => {
          wire.sweep(now);
        },
        drain: () => {
          wire.drain();
        },
        destroy: () => {
          socket.destroy();
        },
      };
    },
  };
}
