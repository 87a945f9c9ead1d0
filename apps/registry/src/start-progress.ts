import { formatId, type Member } from '@portolan/cluster';
import type { Readiness, ReadinessCheck } from '@portolan/telemetry';

/** A member that has not had everything for so long is not sent work: others have, or nobody has a quorum. */
export const READY_AGE_MS_MAX = 10_000;

/** How far this registry has come: from looking for its cluster to being a member that has everything. */
export class StartProgress {
  #missing: readonly string[] = [];
  #member: Pick<Member, 'raft' | 'freshness'> | undefined;

  /** Peers that have not answered. */
  waitFor(missing: readonly string[]): void {
    this.#missing = missing;
  }

  started(member: Pick<Member, 'raft' | 'freshness'>): void {
    this.#member = member;
  }

  readiness(isEnding: boolean): Readiness {
    if (this.#member !== undefined) return memberReadiness(this.#member, isEnding);
    const detail = this.#missing.length === 0 ? 'it starts' : `waits for ${this.#missing.join(', ')}`;
    return { ready: false, checks: { cluster: { ok: false, detail } } };
  }
}

/** Whether a member leads or knows who does, and how far it is behind. */
function memberReadiness({ raft, freshness }: Pick<Member, 'raft' | 'freshness'>, isEnding: boolean): Readiness {
  const { term, leader, applied, committed } = raft.status;
  const known: ReadinessCheck = {
    ok: leader !== undefined,
    detail:
      leader === undefined ? `nobody is known to lead in term ${term}` : `${formatId(leader)} leads in term ${term}`,
  };
  const { wasCurrent, ageMs } = freshness;
  const store: ReadinessCheck = {
    ok: wasCurrent && ageMs <= READY_AGE_MS_MAX,
    detail: `applied ${applied} of ${committed} committed entries`,
    ageMs: Math.round(ageMs),
  };
  return { ready: !isEnding && store.ok, checks: { leader: known, store } };
}
