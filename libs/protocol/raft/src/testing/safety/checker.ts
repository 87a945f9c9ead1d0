import { NO_MEMBERS, type Configuration } from '../../configuration.ts';
import { NO_INDEX, type LogIndex, type MemberId } from '../../ids.ts';
import type { Cluster } from '../cluster.ts';
import type { Happening } from '../happening.ts';
import { Clients } from './clients.ts';
import { checkConfiguration, checkRemoval } from './configurations.ts';
import { Elections } from './elections.ts';
import { Ledger } from './ledger.ts';
import { Logs } from './logs.ts';
import { checkPromise } from './promises.ts';
import { must } from './violation.ts';

/** The five safety properties of Figure 3, and what clients and disks are promised, checked after each step. */
export class SafetyChecker {
  readonly clients = new Clients();
  readonly elections = new Elections();
  readonly logs = new Logs();
  readonly ledger: Ledger;
  readonly #cluster: Cluster;
  /** Told, and not compared yet: a leader says it before its commit is in the ledger. */
  readonly #removed: (readonly [MemberId, LogIndex])[] = [];
  readonly #committed = new Map<MemberId, LogIndex>();

  readonly #first: Configuration;

  /** @param first the configuration that the cluster began with */
  constructor(cluster: Cluster, first: Configuration) {
    this.#cluster = cluster;
    this.#first = first;
    this.ledger = new Ledger(cluster, (entry) => {
      this.clients.committed(entry);
    });
  }

  /** To be called as it happens. @throws Violation */
  told(happening: Happening): void {
    switch (happening.kind) {
      case 'sent':
      case 'lost':
        checkPromise(this.#cluster, happening.message);
        break;
      case 'committed':
        this.#commit(happening.member);
        break;
      case 'applied':
        this.#applied(happening.member, happening.entry.index);
        break;
      case 'event':
        if (happening.event.kind === 'removed') this.#removed.push([happening.member, happening.event.index]);
        break;
      case 'placement':
        this.clients.placement(happening.placement);
        break;
      case 'read':
        this.clients.answer(happening.answer);
        break;
      case 'crashed':
        this.logs.forget(happening.member);
        this.clients.forget(happening.member);
        this.#committed.delete(happening.member);
        break;
      default:
        break;
    }
  }

  #commit(id: MemberId): void {
    const { raft } = this.#cluster.member(id);
    if (raft === undefined) return;
    this.ledger.committed(raft, this.#committed.get(id) ?? NO_INDEX);
    this.#committed.set(id, raft.status.committed);
  }

  #applied(id: MemberId, index: LogIndex): void {
    const { raft, disk, state } = this.#cluster.member(id);
    const entry = raft?.entryAt(index);
    const isDurable = entry === undefined || disk.holds(entry);
    must(isDurable, 'Durability', () => `${id} applies ${index}, which is not on its disk`);
    this.ledger.reached(id, state);
  }

  /** To be called for a member that was given some input. @throws Violation */
  check(id: MemberId): void {
    for (const [member, index] of this.#removed.splice(0)) checkRemoval(member, index, this.ledger, this.#first);
    const { raft, state } = this.#cluster.member(id);
    if (raft === undefined) return;
    const { status } = raft;
    if (this.logs.check(raft, status)) {
      // Who joins learns the members with the first entry, or snapshot, that names them.
      const hasFirst = status.lastIndex > 0 || this.#first.voters.includes(id);
      checkConfiguration(raft, this.ledger, hasFirst ? this.#first : NO_MEMBERS);
    }
    if (this.elections.check(status)) this.ledger.elected(raft);
    if (state.index > 0) this.ledger.reached(id, state);
    const { applied, committed, durable, lastIndex } = status;
    const places = `applied ${applied}, committed ${committed}, durable ${durable}, last ${lastIndex}`;
    must(applied <= committed && committed <= lastIndex && durable <= lastIndex, 'Order', () => `${id} has ${places}`);
  }
}
