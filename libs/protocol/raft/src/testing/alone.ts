import { firstConfiguration, type Configuration } from '../configuration.ts';
import type { Entry } from '../entry.ts';
import { logIndex, memberId, term, type MemberId } from '../ids.ts';
import type { Append, Message, VoteRequest } from '../message.ts';
import type { RaftLimits } from '../options.ts';
import type { Raft } from '../raft.ts';
import { Cluster } from './cluster.ts';
import { Disk } from './disk.ts';
import { formatMessage } from './format-message.ts';
import { formatHappening } from './format-happening.ts';

export const ME = memberId(1n);

interface Situation {
  readonly term?: number;
  /** Terms of its entries, which say nothing. */
  readonly log?: readonly number[];
  readonly committed?: number;
  readonly vote?: bigint;
  readonly voters?: readonly bigint[];
  readonly learners?: readonly bigint[];
  readonly limits?: Partial<RaftLimits>;
  /** Of the random numbers that election timeouts are drawn with; 0 makes each the shortest. */
  readonly below?: (bound: number) => number;
}

/** Member 1 in a given situation, with a disk that writes at once; all other members are what a test says in their name. */
export class Alone {
  readonly raft: Raft;
  readonly told: string[] = [];
  readonly #cluster: Cluster;

  constructor(situation: Situation) {
    const { log = [], committed = 0, vote, voters = [1n, 2n, 3n], learners = [], limits = {} } = situation;
    const { below = () => 0 } = situation;
    const configuration: Configuration = {
      ...firstConfiguration(voters.map(memberId)),
      learners: learners.map(memberId),
    };
    const disk = new Disk(configuration, entries(1, log));
    const now = term(situation.term ?? log.at(-1) ?? 0);
    disk.hardState = {
      term: now,
      vote: vote === undefined ? undefined : memberId(vote),
      committed: logIndex(committed),
    };
    this.#cluster = new Cluster({
      rng: { below, float: () => 0 },
      limits,
      tell: (happening) => {
        if (happening.kind !== 'sent' && happening.kind !== 'received')
          this.told.push(formatHappening(happening, String));
      },
    });
    const { raft } = this.#cluster.add(ME, disk);
    if (raft === undefined) throw new TypeError('a member that was just added runs');
    this.raft = raft;
  }

  get disk(): Disk {
    return this.#cluster.member(ME).disk;
  }

  /** @returns what it says to that */
  do(input: (raft: Raft) => void): readonly string[] {
    this.#cluster.act(ME, input);
    return this.#cluster.network.parcels.splice(0).map(({ message }) => formatMessage(message));
  }

  hear(message: Message): readonly string[] {
    return this.do((raft) => {
      raft.step(message);
    });
  }

  tick(times = 1): readonly string[] {
    return Array.from({ length: times }).flatMap(() =>
      this.do((raft) => {
        raft.tick();
      }),
    );
  }

  /** Elected by 2 and all the others, who have not answered its first appends. */
  lead(): this {
    this.do((raft) => {
      raft.campaign();
    });
    const { configuration } = this.raft.status;
    for (const from of configuration.voters.filter((id) => id !== ME)) {
      this.hear({ kind: 'vote-response', from, to: ME, term: this.raft.status.term, granted: true });
    }
    return this;
  }

  /** Terms of the entries that it has. */
  get log(): readonly number[] {
    const { lastIndex } = this.raft.status;
    return Array.from({ length: lastIndex }, (_, place) => this.raft.entryAt(logIndex(place + 1))?.term ?? Number.NaN);
  }
}

/** Entries of these terms, from `first` on. */
export function entries(first: number, terms: readonly number[]): readonly Entry[] {
  return terms.map((value, place) => ({ kind: 'empty', index: logIndex(first + place), term: term(value) }));
}

export const other = (id: number): MemberId => memberId(BigInt(id));

/** A follower that answers as every follower does: it has everything up to `index`. */
export const appended = (from: number, now: number, index: number): Message => ({
  kind: 'appended',
  from: other(from),
  to: ME,
  term: term(now),
  index: logIndex(index),
});

/** `after` is the previous entry, as its term and index. */
export function append(now: number, after: readonly [number, number], terms: readonly number[], committed = 0): Append {
  const [previousTerm, previousIndex] = after;
  return {
    kind: 'append',
    from: other(2),
    to: ME,
    term: term(now),
    previousTerm: term(previousTerm),
    previousIndex: logIndex(previousIndex),
    entries: entries(previousIndex + 1, terms),
    committed: logIndex(committed),
  };
}

/** `last` is the last entry of who asks, as its term and index. */
export function voteRequest(
  kind: VoteRequest['kind'],
  now: number,
  last: readonly [number, number],
  from = 2,
  transfer = false,
): VoteRequest {
  const [lastTerm, lastIndex] = last;
  return {
    kind,
    from: other(from),
    to: ME,
    term: term(now),
    lastTerm: term(lastTerm),
    lastIndex: logIndex(lastIndex),
    transfer,
  };
}
