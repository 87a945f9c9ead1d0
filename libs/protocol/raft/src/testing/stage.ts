import { assert, PortolanError } from '@portolan/kernel';
import { memberId, type MemberId } from '../ids.ts';
import type { Message } from '../message.ts';
import type { Raft } from '../raft.ts';
import { Cluster } from './cluster.ts';
import { formatHappening } from './format-happening.ts';
import type { Happening } from './happening.ts';
import type { Parcel } from './network.ts';

/** More than any scene needs: a scene that goes on is a loop between members. */
const DELIVERIES_MAX = 2_000;

/** A cluster and what is told of it, for one transcript. Every election timeout is the shortest, so that ticks can be counted. */
export class Stage {
  readonly limits: Record<string, number> = {};
  /** Messages that are on their way for as long as the script likes. */
  readonly kept = new Map<string, Parcel>();
  /** Of roles, so far. */
  changes = 0;
  #cluster: Cluster | undefined = undefined;
  #lines: string[] = [];
  #isQuiet = false;
  /** When every message is delivered, its arrival is no news. */
  #showsArrivals = false;
  readonly #questions: string[] = [];

  get cluster(): Cluster {
    this.#cluster ??= new Cluster({
      rng: { below: () => 0, float: () => 0 },
      limits: this.limits,
      tell: (happening) => {
        this.#tell(happening);
      },
    });
    return this.#cluster;
  }

  #tell(happening: Happening): void {
    if (happening.kind === 'event' && happening.event.kind === 'became') this.changes += 1;
    if (happening.kind === 'received' && !this.#showsArrivals) return;
    this.say(formatHappening(happening, (token) => this.#questions[token] ?? String(token)));
  }

  say(line: string): void {
    if (!this.#isQuiet) this.#lines.push(line);
  }

  /** @returns what was said since the last time */
  takeLines(): readonly string[] {
    return this.#lines.splice(0);
  }

  quietly(action: () => void): void {
    const before = this.#isQuiet;
    this.#isQuiet = true;
    action();
    this.#isQuiet = before;
  }

  /** @returns a token by which answers will name `question` */
  ask(question: string): number {
    return this.#questions.push(question) - 1;
  }

  /** An error of ours is an answer, and part of the story. */
  act(id: MemberId, input: (raft: Raft) => void): void {
    const refusals: PortolanError[] = [];
    this.cluster.act(id, (raft) => {
      try {
        input(raft);
      } catch (error) {
        if (!(error instanceof PortolanError)) throw error;
        refusals.push(error);
      }
    });
    for (const { code, message } of refusals) this.say(`${id} refuses: ${message} (${code})`);
  }

  /** Delivers the oldest message that `which` accepts. @returns whether there was one */
  deliver(which: (message: Message) => boolean): boolean {
    const parcel = this.cluster.network.take(which);
    if (parcel === undefined) return false;
    this.arrive(parcel);
    return true;
  }

  arrive(parcel: Parcel): void {
    this.#showsArrivals = true;
    this.cluster.deliver(parcel);
    this.#showsArrivals = false;
  }

  /** Delivers every message that `which` accepts, and those that it causes, until there is none. */
  run(which: (message: Message) => boolean): void {
    for (let count = 0; count < DELIVERIES_MAX; count += 1) {
      const parcel = this.cluster.network.take(which);
      if (parcel === undefined) return;
      this.cluster.deliver(parcel);
    }
    assert(false, `after ${DELIVERIES_MAX} messages there is still no rest`);
  }

  get ids(): readonly MemberId[] {
    return [...this.cluster.members.keys()];
  }
}

/** Members as scripts name them. */
export const idsOf = (words: readonly string[]): readonly MemberId[] => words.map((word) => memberId(BigInt(word)));
