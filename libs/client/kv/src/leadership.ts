import { PortolanError, type Clock, type Principal } from '@portolan/kernel';
import { isAbsent, type Key, type KvStore, type LeaseId, type Revision } from '@portolan/kv';
import { sleep } from '@portolan/runtime';
import { KeptLease } from './kept-lease.ts';

/** A leader that died is replaced so long after at most, and a little. */
export const LEADER_TTL_SECONDS = 3;

/** How often somebody who does not lead looks whether nobody does. */
export const LEADERLESS_POLL_MS = 500;

export interface LeadershipOptions {
  readonly store: KvStore;
  readonly principal: Principal;
  readonly clock: Clock;
  readonly logger: LeadershipLogger;
  /** In the keyspace `user`: who may lead shares it. */
  readonly key: Key;
  /** Who this is, for people who read the key. */
  readonly name: string;
}

export interface LeadershipLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** The time from winning to losing. */
export interface LeaderTerm {
  /** Grows from leader to leader: what compares it refuses one that was replaced and does not know it yet. */
  readonly token: Revision;
  /** Aborted when this process no longer leads, or cannot be sure of it. */
  readonly lost: AbortSignal;
}

/**
 * Runs `term` whenever this process leads, one at a time, until `signal` aborts. There is one leader: its key is under a lease
 * that it keeps alive, and it steps down by its own clock before the lease can have ended (Gray and Cheriton, Leases, 1989).
 * @param term ends soon after `lost`; by ending before it gives the leadership up, and stands again `LEADERLESS_POLL_MS` later; its
 *   rejection ends all
 */
export async function whileLeader(
  options: LeadershipOptions,
  term: (leader: LeaderTerm) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger } = options;
  // A function: TypeScript believes that what it saw before an await still holds.
  const ended = (): boolean => signal.aborted;
  let warned = false;
  while (!ended()) {
    let won: Won | undefined;
    try {
      won = await win(options, signal);
      warned = false;
    } catch (error) {
      if (ended()) return;
      if (!(error instanceof PortolanError)) throw error;
      if (!warned) logger.warn({ err: error }, 'cannot stand for election now; trying on');
      warned = true;
    }
    if (won !== undefined) await lead(options, won, term, signal);
    // Also after a term of its own: others are to have their turn, and terms that end at once are not to follow on each other at once.
    await sleep(clock, LEADERLESS_POLL_MS, signal).catch(() => undefined);
  }
}

interface Won {
  readonly lease: LeaseId;
  readonly token: Revision;
  /** On the monotonic clock: the lease cannot have ended before. */
  readonly until: number;
}

/** @returns undefined: somebody else leads */
async function win(
  { store, principal, clock, key, name }: LeadershipOptions,
  signal: AbortSignal,
): Promise<Won | undefined> {
  const keys = { kind: 'one', key } as const;
  const { keyValues } = await store.range({ principal, keyspace: 'user', keys }, signal);
  if (keyValues.length > 0) return undefined;
  const asked = clock.now();
  const { id: lease, ttlSeconds } = await store.grantLease({ principal, ttlSeconds: LEADER_TTL_SECONDS }, signal);
  const { succeeded, revision } = await store.txn(
    {
      principal,
      compares: [isAbsent('user', key)],
      success: [{ kind: 'put', keyspace: 'user', key, value: Buffer.from(name), lease }],
    },
    signal,
  );
  if (succeeded) return { lease, token: revision, until: asked + ttlSeconds * 1_000 };
  await store.revokeLease({ principal, id: lease }, signal);
  return undefined;
}

async function lead(
  { store, principal, clock, logger, name }: LeadershipOptions,
  { lease, token, until }: Won,
  term: (leader: LeaderTerm) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  logger.info({ name, token }, 'the leader from now on');
  const onLost = (why: string): void => {
    logger.warn({ name, why }, 'no longer the leader');
  };
  await using kept = new KeptLease(
    { store, principal, clock, id: lease, ttlSeconds: LEADER_TTL_SECONDS, until, onLost },
    signal,
  );
  await term({ token, lost: kept.lost });
}
