export { KvClientClosedError, KvClientOverloadedError, LockLostError } from './errors.ts';
export { WAITING_KEEP_ALIVES_MAX } from './keep-alives.ts';
export { createKvClient, DEFAULT_TIMEOUT_MS, type KvClient, type KvClientOptions } from './kv-client.ts';
export { LEADER_TTL_SECONDS, whileLeader, type LeaderTerm, type LeadershipOptions } from './leadership.ts';
export { acquireLock, LOCK_TTL_SECONDS, type Lock, type LockOptions } from './lock.ts';
export { WAITING_TXNS_MAX } from './txn-session.ts';
