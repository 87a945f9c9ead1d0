import type { ChannelOptions } from '@grpc/grpc-js';
import type { RpcLimits } from './limits.ts';

export interface Keepalive {
  /** A silent connection is pinged this often. Lower: a dead host is noticed sooner, at a few bytes each time. */
  readonly intervalMs: number;
  /** A ping not answered for this long means that the peer is gone. */
  readonly timeoutMs: number;
}

/** A host that vanished without a word is noticed within 15 s; one that crashed says so at once. */
export const DEFAULT_KEEPALIVE: Keepalive = { intervalMs: 10_000, timeoutMs: 5_000 };

/** A peer that restarts on the same address is back within this, and one that stays away costs a SYN every 2 s. */
const RECONNECT_MS = 100;
const RECONNECT_MS_MAX = 2_000;
/** How soon a name is looked up again after no address of it answered: containers come back under a new one. */
const RESOLVE_AGAIN_MS = 1_000;
/**
 * What grpc-js keeps of a call's requests so that it can repeat a stream that was refused before it began. It also
 * takes this much from the caller at once, without yielding to the event loop: 1 MiB of small messages is a second.
 */
const REPEATABLE_BYTES_MAX = 65_536;

/** One connection of our own: not shared, not steered by DNS records or proxy variables, retried by nobody but us. */
export function channelOptions(limits: RpcLimits, keepalive: Keepalive): ChannelOptions {
  return {
    ...sessionOptions(limits, keepalive),
    'grpc.enable_channelz': 0,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_http_proxy': 0,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.per_rpc_retry_buffer_size': REPEATABLE_BYTES_MAX,
    'grpc.initial_reconnect_backoff_ms': RECONNECT_MS,
    'grpc.max_reconnect_backoff_ms': RECONNECT_MS_MAX,
    'grpc.dns_min_time_between_resolutions_ms': RESOLVE_AGAIN_MS,
  };
}

// channelz stays on here: without its book-keeping forceShutdown knows no session and cuts none.
export function serverOptions(limits: RpcLimits, keepalive: Keepalive): ChannelOptions {
  return { ...sessionOptions(limits, keepalive), 'grpc.max_concurrent_streams': limits.concurrentStreams };
}

function sessionOptions(limits: RpcLimits, keepalive: Keepalive): ChannelOptions {
  return {
    'grpc.keepalive_time_ms': keepalive.intervalMs,
    'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
    'grpc.max_receive_message_length': limits.messageBytes,
    'grpc.max_send_message_length': limits.messageBytes,
  };
}
