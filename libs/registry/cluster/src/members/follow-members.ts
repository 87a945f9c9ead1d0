import { PortolanError, type Clock } from '@portolan/kernel';
import { memberId, membersOf, type MemberId } from '@portolan/raft';
import type { Peers } from '@portolan/raft-peers';
import { sleep } from '@portolan/runtime';
import { CLUSTER_PRINCIPAL as principal } from '../cluster-principal.ts';
import type { Member } from '../open-member.ts';
import { membersNow } from './cluster-view.ts';
import { CLUSTER_KEYS, type MemberRecords } from './member-records.ts';

const RETRY_MS = 500;

export interface FollowMembersOptions {
  readonly member: Member;
  readonly records: MemberRecords;
  readonly peers: Pick<Peers, 'learn' | 'forget'>;
  readonly clock: Clock;
}

/** Keeps streams to those who are members, at the addresses that the cluster knows of, and to nobody else. */
export class FollowMembers implements AsyncDisposable {
  readonly #options: FollowMembersOptions;
  readonly #ending = new AbortController();
  readonly #learned = new Map<MemberId, string>();
  readonly #forgotten = new Set<bigint>();
  readonly #running: Promise<void>;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: FollowMembersOptions) {
    this.#options = options;
    this.look();
    this.#running = this.#run();
  }

  /** To be called when the configuration has changed. */
  look(): void {
    this.#looking = this.#looking.then(() => this.#apply());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#running;
    await this.#looking;
  }

  async #run(): Promise<void> {
    const { member, clock } = this.#options;
    const { signal } = this.#ending;
    const isEnding = (): boolean => signal.aborted;
    while (!isEnding()) {
      try {
        const request = { principal, keyspace: 'system', keys: CLUSTER_KEYS } as const;
        const changes = member.store.watch(request, signal)[Symbol.asyncIterator]();
        while ((await changes.next()).done !== true) this.look();
      } catch (error) {
        // Nobody leads yet, or history went on without us: what is here is looked at again.
        if (!(error instanceof PortolanError)) throw error;
        this.look();
      }
      if (!isEnding()) await sleep(clock, RETRY_MS, signal).catch(() => undefined);
    }
  }

  async #apply(): Promise<void> {
    if (this.#ending.signal.aborted) return;
    const { member, records, peers } = this.#options;
    const { raft, membership } = member;
    const known = await records.read(true);
    const { configuration } = raft.status;
    for (const { id, peerAddresses } of membersNow(configuration, known, membership.founders)) {
      const other = membersOf(configuration).find((one) => one === id);
      if (other === undefined || other === membership.memberId) continue;
      const addresses = peerAddresses.join();
      if (addresses === '' || this.#learned.get(other) === addresses) continue;
      this.#learned.set(other, addresses);
      peers.learn(other, peerAddresses);
    }
    for (const id of known.removed) {
      if (this.#forgotten.has(id)) continue;
      this.#forgotten.add(id);
      const gone = [...this.#learned.keys()].find((one) => one === id);
      if (gone !== undefined) this.#learned.delete(gone);
      peers.forget(memberId(id));
    }
  }
}
