import { assert, type Rng } from '@portolan/kernel';
import type { LogIndex, MemberId } from '../ids.ts';
import type { Message } from '../message.ts';
import type { RaftLimits } from '../options.ts';
import type { Raft } from '../raft.ts';
import type { Ready } from '../ready.ts';
import type { Disk } from './disk.ts';
import type { Happening } from './happening.ts';
import { Member } from './member.ts';
import { Network, type Parcel } from './network.ts';

export interface ClusterOptions {
  readonly rng: Rng;
  readonly limits?: Partial<RaftLimits>;
  readonly tell: (happening: Happening) => void;
}

/** Cores with disks and a network between them, where nothing happens but what is told to: which is what makes it replay. */
export class Cluster {
  readonly members = new Map<MemberId, Member>();
  readonly network = new Network();
  readonly #rng: Rng;
  readonly #limits: Partial<RaftLimits>;
  readonly #tell: (happening: Happening) => void;

  constructor({ rng, limits = {}, tell }: ClusterOptions) {
    this.#rng = rng;
    this.#limits = limits;
    this.#tell = tell;
  }

  add(id: MemberId, disk: Disk): Member {
    assert(!this.members.has(id), 'a member is added once');
    const member = new Member(id, disk);
    this.members.set(id, member);
    this.#start(member);
    return member;
  }

  member(id: MemberId): Member {
    const member = this.members.get(id);
    assert(member !== undefined, `there is no member ${id}`);
    return member;
  }

  /** Those that are not crashed. */
  get running(): readonly Member[] {
    return [...this.members.values()].filter(({ raft }) => raft !== undefined);
  }

  /** Gives a member some input, and does what it wants done then. */
  act(id: MemberId, input: (raft: Raft) => void): void {
    const member = this.member(id);
    assert(member.raft !== undefined, `member ${id} is crashed`);
    input(member.raft);
    this.#work(member, member.raft);
  }

  /** A message arrives; at a crashed member, nowhere. */
  deliver({ message, contents }: Parcel): void {
    const member = this.members.get(message.to);
    if (member?.raft === undefined) {
      this.#tell({ kind: 'dropped', message });
      return;
    }
    this.#tell({ kind: 'received', message });
    if (message.kind === 'install-snapshot' && contents !== undefined)
      member.receiveContents(message.snapshot, contents);
    this.act(message.to, (raft) => {
      raft.step(message);
    });
  }

  /** The oldest write of a slow disk is done, and confirmed. */
  write(id: MemberId): void {
    const member = this.member(id);
    assert(member.raft !== undefined, `member ${id} is crashed`);
    const ready = member.write();
    if (ready === undefined) return;
    this.#written(member, member.raft, ready);
    this.#work(member, member.raft);
  }

  /** From now on, every write is done as soon as it is asked for; so are those that are waiting. */
  makeFast(id: MemberId): void {
    const member = this.member(id);
    member.diskIsSlow = false;
    if (member.raft === undefined) return;
    this.#flush(member, member.raft);
    this.#work(member, member.raft);
  }

  #written(member: Member, raft: Raft, ready: Ready): void {
    assert(ready.persist !== undefined, 'only what is to be persisted is written');
    this.#tell({ kind: 'written', member: member.id, persist: ready.persist });
    raft.advance(ready);
    this.#tellCommitted(member, raft);
  }

  /** @param writes that were done, but not confirmed any more */
  crash(id: MemberId, writes: number): void {
    const member = this.member(id);
    for (let count = 0; count < writes; count += 1) {
      const ready = member.write();
      if (ready?.persist !== undefined) this.#tell({ kind: 'written', member: id, persist: ready.persist });
    }
    member.crash();
    this.#tell({ kind: 'crashed', member: id });
  }

  restart(id: MemberId): void {
    const member = this.member(id);
    assert(member.raft === undefined, `member ${id} runs`);
    this.#tell({ kind: 'restarted', member: id });
    this.#work(member, this.#start(member));
  }

  compact(id: MemberId, index: LogIndex, keepEntries: number): boolean {
    const member = this.member(id);
    assert(member.raft !== undefined, `member ${id} is crashed`);
    const isNew = member.compact(member.raft, index, keepEntries);
    if (isNew) this.#tell({ kind: 'compacted', member: id });
    return isNew;
  }

  #start(member: Member): Raft {
    return member.start(this.#rng, this.#limits, (event) => {
      this.#tell({ kind: 'event', member: member.id, event });
    });
  }

  #work(member: Member, raft: Raft): void {
    this.#tellCommitted(member, raft);
    for (let ready = raft.ready(); ready !== undefined; ready = raft.ready()) {
      const { persist } = ready;
      if (persist?.snapshot !== undefined) member.install(persist.snapshot);
      if (persist !== undefined) member.writing.push(ready);
      if (persist !== undefined && member.diskIsSlow) this.#tell({ kind: 'writing', member: member.id, persist });
      this.#hand(member, ready);
      // Even a fast disk has not written when the messages leave.
      if (!member.diskIsSlow) this.#flush(member, raft);
    }
  }

  #flush(member: Member, raft: Raft): void {
    for (let ready = member.write(); ready !== undefined; ready = member.write()) this.#written(member, raft, ready);
  }

  #hand(member: Member, { messages, committed, placements, reads }: Ready): void {
    for (const placement of placements) this.#tell({ kind: 'placement', member: member.id, placement });
    for (const message of messages) this.#send(member, message);
    for (const entry of committed) {
      member.apply(entry);
      this.#tell({ kind: 'applied', member: member.id, entry });
    }
    for (const answer of reads) this.#tell({ kind: 'read', member: member.id, answer });
  }

  #send(member: Member, message: Message): void {
    const contents = message.kind === 'install-snapshot' ? member.contentsOf(message.snapshot) : undefined;
    const isSent = this.network.send({ message, contents });
    this.#tell({ kind: isSent ? 'sent' : 'lost', message });
  }

  #tellCommitted(member: Member, raft: Raft): void {
    const { committed } = raft.status;
    if (committed === member.committed) return;
    assert(committed > member.committed, 'the commit index never moves down');
    member.committed = committed;
    this.#tell({ kind: 'committed', member: member.id, index: committed });
  }
}
