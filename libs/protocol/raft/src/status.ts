import type { Configuration } from './configuration.ts';
import type { Core } from './core.ts';
import type { RoleName } from './event.ts';
import type { LogIndex, MemberId, Term } from './ids.ts';
import type { ProgressState } from './progress.ts';

/** Who leads, as far as this member knows. */
export interface Leadership {
  readonly term: Term;
  readonly leader: MemberId | undefined;
  /** This member leads, has committed in its term, and is not in doubt after a pause: it may judge leases. */
  readonly isEstablished: boolean;
}

/** A member at one moment. */
export interface RaftStatus extends Leadership {
  readonly id: MemberId;
  readonly role: RoleName;
  readonly vote: MemberId | undefined;
  /** Of the first entry in memory; those before it are in the snapshot. */
  readonly firstIndex: LogIndex;
  /** Of the newest snapshot. */
  readonly snapshotIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly durable: LogIndex;
  readonly committed: LogIndex;
  /** Given out to be applied. */
  readonly applied: LogIndex;
  readonly configuration: Configuration;
  readonly configurationIndex: LogIndex;
  /** Of a leader: how far each other member is. */
  readonly peers: ReadonlyMap<MemberId, PeerStatus>;
}

export interface PeerStatus {
  readonly state: ProgressState;
  readonly match: LogIndex;
  readonly next: LogIndex;
}

export function leadershipOf({ term, leader, role, log }: Core): Leadership {
  const isEstablished = role.kind === 'leader' && log.committed >= role.establishedFrom && !role.reads.isInDoubt;
  return { term, leader, isEstablished };
}

export function statusOf(core: Core): RaftStatus {
  const { log, role } = core;
  const peers = new Map<MemberId, PeerStatus>();
  if (role.kind === 'leader') {
    for (const [id, { state, match, next }] of role.peers) peers.set(id, { state, match, next });
  }
  return {
    id: core.id,
    role: role.kind,
    ...leadershipOf(core),
    vote: core.vote,
    firstIndex: log.firstIndex,
    snapshotIndex: core.snapshot.index,
    lastIndex: log.lastIndex,
    durable: log.durable,
    committed: log.committed,
    applied: log.applied,
    configuration: log.configuration,
    configurationIndex: log.configurationIndex,
    peers,
  };
}
