import { assert } from '@portolan/kernel';
import { decodeCommand, encodeCommand } from '../log/command-codec.ts';
import type { Leadership, Log, LogMachine } from '../log/log.ts';
import type { Applied, Command } from '../machine/command.ts';

interface Member {
  readonly machine: LogMachine;
  /** The highest format of its version. */
  readonly known: number;
  /** What happens to an entry on its way into this member's machine. */
  readonly distort: (bytes: Uint8Array) => Uint8Array;
  applied: number;
}

export interface JoinOptions {
  readonly known: number;
  readonly distort?: Member['distort'];
}

/**
 * One log of bytes in this process, and the members on it: each applies all entries, from the first one on whenever it is started.
 * Whoever leads is told so; nothing is lost, and nothing takes time.
 */
export class ReplicatedLog {
  readonly #entries: Uint8Array[] = [];
  readonly #members = new Map<bigint, Member>();
  #term = 1;
  #leader = 1n;
  readonly #size: number;

  /** @param size members there are to be */
  constructor(size: number) {
    this.#size = size;
  }

  /** For `createEmbeddedStore`: starts member `id`, or starts it again. */
  join(id: bigint, { known, distort = (bytes) => bytes }: JoinOptions): (machine: LogMachine) => Log {
    return (machine) => {
      const member: Member = { machine, known, distort, applied: 0 };
      this.#members.set(id, member);
      this.#catchUp(member);
      machine.leadershipChanged(this.#leadership(id));
      return {
        clusterId: 1n,
        propose: (command) => Promise.resolve(this.#propose(command, member)),
        readBarrier: () => Promise.resolve(),
        leadership: () => this.#leadership(id),
        formatOfAll: () => this.#formatOfAll(),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    };
  }

  elect(leader: bigint): void {
    this.#leader = leader;
    this.#term += 1;
    for (const [id, { machine }] of this.#members) machine.leadershipChanged(this.#leadership(id));
  }

  #formatOfAll(): number | undefined {
    if (this.#members.size < this.#size) return undefined;
    return Math.min(...[...this.#members.values()].map(({ known }) => known));
  }

  #leadership(memberId: bigint): Leadership {
    const isEstablished = memberId === this.#leader;
    return { term: this.#term, memberId, leaderId: this.#leader, isEstablished, leaseGraceMs: 0 };
  }

  #propose(command: Command, proposer: Member): Applied {
    const index = this.#entries.push(encodeCommand(command));
    for (const member of this.#members.values()) if (member !== proposer) this.#catchUp(member);
    const applied = this.#catchUp(proposer, index);
    assert(applied !== undefined, 'a proposal is applied');
    return applied;
  }

  /** @returns what the entry `wanted` came to */
  #catchUp(member: Member, wanted?: number): Applied | undefined {
    let answer: Applied | undefined;
    while (member.applied < this.#entries.length) {
      const bytes = this.#entries[member.applied];
      assert(bytes !== undefined, 'entries stay');
      member.applied += 1;
      const index = member.applied;
      const command = decodeCommand(member.distort(bytes), member.known);
      const applied = member.machine.apply({ index, term: this.#term, command });
      if (index === wanted) answer = applied;
    }
    return answer;
  }
}
