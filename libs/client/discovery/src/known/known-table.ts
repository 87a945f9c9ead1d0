import type { Endpoint } from '@portolan/balancing';
import type { Timer } from '@portolan/kernel';
import type { DiscoveryQuery, ServiceSummary, Staleness } from '../discovery.ts';
import { DiscoveryClosedError, TooManyQueriesError } from '../errors.ts';
import { KnownPart, type KnownPartOptions } from './known-part.ts';
import type { KnownItems } from './known-items.ts';
import { whichEndpoints, WHICH_SERVICES, type Question } from './questions.ts';

/**
 * Questions of one kind held at once; the registry answers 1,024 on a stream. Full: TooManyQueriesError; a process that
 * asks so many takes the names from its callers.
 */
export const QUESTIONS_MAX = 1_000;

/** What nobody uses any more is kept up to date for so long: who asks again is answered at once. */
export const IDLE_MS = 60_000;

/** Something held in use; releasing it twice is once. */
export interface Use<Item> extends Disposable {
  readonly items: KnownItems<Item>;
}

/** Parts of one kind of item, by question. */
class Parts<Item> {
  readonly #rows = new Map<string, Row<Item>>();
  readonly #options: KnownPartOptions;

  constructor(options: KnownPartOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#rows.size;
  }

  use(question: Question<Item>): Use<Item> {
    const row = this.#rows.get(question.key) ?? this.#add(question);
    row.users += 1;
    row.idle?.cancel();
    let released = false;
    return {
      items: row.part.items,
      [Symbol.dispose]: () => {
        if (released) return;
        released = true;
        row.users -= 1;
        if (row.users === 0 && this.#rows.has(question.key)) this.#removeLater(question.key, row);
      },
    };
  }

  staleness(): readonly Staleness[] {
    return [...this.#rows.values()].flatMap(({ part }) => part.items.freshness() ?? []);
  }

  dispose(): void {
    for (const row of this.#rows.values()) {
      row.idle?.cancel();
      row.part.dispose();
    }
    this.#rows.clear();
  }

  #add(question: Question<Item>): Row<Item> {
    if (this.#rows.size >= QUESTIONS_MAX) throw new TooManyQueriesError(QUESTIONS_MAX);
    const row: Row<Item> = { part: new KnownPart(question, this.#options), users: 0, idle: undefined };
    this.#rows.set(question.key, row);
    return row;
  }

  #removeLater(key: string, row: Row<Item>): void {
    row.idle = this.#options.clock.after(IDLE_MS, () => {
      this.#rows.delete(key);
      row.part.dispose();
    });
  }
}

interface Row<Item> {
  readonly part: KnownPart<Item>;
  users: number;
  idle: Timer | undefined;
}

/** All that this process asked and keeps knowing. */
export class KnownTable implements Disposable {
  readonly #options: KnownPartOptions;
  readonly #endpoints: Parts<Endpoint>;
  readonly #services: Parts<ServiceSummary>;
  #closed = false;

  constructor(options: KnownPartOptions) {
    this.#options = options;
    this.#endpoints = new Parts(options);
    this.#services = new Parts(options);
  }

  /** @throws TooManyQueriesError */
  endpoints(query: DiscoveryQuery): Use<Endpoint> {
    this.#expectOpen();
    return this.#endpoints.use(whichEndpoints(query));
  }

  services(): Use<ServiceSummary> {
    this.#expectOpen();
    return this.#services.use(WHICH_SERVICES);
  }

  /** Of the oldest part that anything is known of. */
  staleness(): Staleness {
    if (this.#endpoints.size + this.#services.size === 0) {
      return { source: this.#options.link.state === 'connected' ? 'live' : 'none', ageMs: 0 };
    }
    const parts = [...this.#endpoints.staleness(), ...this.#services.staleness()];
    return parts.reduce(older, parts[0] ?? { source: 'none', ageMs: 0 });
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#endpoints.dispose();
    this.#services.dispose();
  }

  #expectOpen(): void {
    if (this.#closed) throw new DiscoveryClosedError();
  }
}

/** What was never confirmed by the registry counts as older than what was. */
const RANK = { none: 0, live: 1, memory: 2, disk: 3 } as const satisfies Record<Staleness['source'], number>;

function older(one: Staleness, other: Staleness): Staleness {
  if (one.source === other.source) return one.ageMs >= other.ageMs ? one : other;
  return RANK[one.source] > RANK[other.source] ? one : other;
}
