import type { Rng } from '@portolan/kernel';
import { COMMAND_FORMAT } from '@portolan/kv';
import type { KvCluster } from '@portolan/kv/testing';
import type { MemberId } from '@portolan/raft';
import { oneOf } from '../one-of.ts';
import type { KvCoverage } from './coverage.ts';
import { OLD_FORMAT, type Versions } from './versions.ts';

const PAUSE_MS = { min: 300, range: 2_500 };
const DOWN_MS_MAX = 600;

export interface VersionOperatorOptions {
  readonly cluster: KvCluster;
  readonly versions: Versions;
  readonly rng: Rng;
  readonly coverage: KvCoverage;
}

/**
 * Replaces the version of members one by one, and takes some of them back while there is a way back: while an old one is among them.
 * It waits, as an operator must, until nobody believes of a member that it is what it no longer is.
 */
export class VersionOperator {
  readonly #options: VersionOperatorOptions;
  #isStopped = false;

  constructor(options: VersionOperatorOptions) {
    this.#options = options;
    this.#next();
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Nobody is old any more. */
  finish(): void {
    const { cluster, versions } = this.#options;
    for (const id of cluster.ids.filter((one) => versions.isOld(one))) this.#replace(id, COMMAND_FORMAT);
  }

  #next(): void {
    const { cluster, rng } = this.#options;
    cluster.world.clock.after(PAUSE_MS.min + rng.below(PAUSE_MS.range), () => {
      if (this.#isStopped) return;
      this.#act();
      this.#next();
    });
  }

  #act(): void {
    const { cluster, versions, rng, coverage } = this.#options;
    const { leader } = cluster.raft;
    if (leader === undefined || !versions.areKnown(cluster.ids)) return;
    const { voters, outgoing, learners } = leader.member.status.configuration;
    const members = [...voters, ...outgoing, ...learners];
    const old = members.filter((id) => versions.isOld(id));
    if (old.length === 0) return;
    const updated = oneOf(
      rng,
      members.filter((id) => !versions.isOld(id)),
    );
    if (updated !== undefined && rng.below(3) === 0) {
      coverage.count('members taken back to an older version');
      this.#replace(updated, OLD_FORMAT);
      return;
    }
    const next = oneOf(rng, old);
    if (next === undefined) return;
    coverage.count('members upgraded');
    this.#replace(next, COMMAND_FORMAT);
  }

  #replace(id: MemberId, format: number): void {
    const { cluster, versions, rng } = this.#options;
    const { world, raft } = cluster;
    world.log.note(`operator  replaces n${id} by a version that knows format ${format}`);
    if (raft.running.has(id)) raft.kill(id);
    else raft.host(id).kill();
    versions.set(id, format);
    world.clock.after(rng.below(DOWN_MS_MAX), () => {
      raft.restart(id);
    });
  }
}
