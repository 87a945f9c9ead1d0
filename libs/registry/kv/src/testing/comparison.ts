import { assert, PortolanError } from '@portolan/kernel';
import { revision, type Revision } from '../ids.ts';
import type { WatchRequest } from '../watch-request.ts';
import { NaiveStore, Refused } from './naive-store.ts';
import { principal } from './shorthand.ts';
import type { StoreDifferences } from './store-differences.ts';
import type { StoreUnderTest } from './store-under-test.ts';
import { WatchReader } from './watch-reader.ts';

interface OpenWatch {
  readonly reader: WatchReader;
  readonly request: Omit<WatchRequest, 'principal'>;
  readonly start: Revision;
}

/** The store, the model beside it, and the watches open on the store. */
export class Comparison implements AsyncDisposable {
  readonly model: NaiveStore;
  readonly under: StoreUnderTest;
  readonly #watches: OpenWatch[] = [];
  readonly #seen: Set<string>;
  readonly #differences: StoreDifferences;

  /** @param seen gathers what happened, by name: over many runs it must be everything that can */
  constructor(under: StoreUnderTest, seen: Set<string>, differences: StoreDifferences = {}) {
    this.model = new NaiveStore(differences);
    this.#differences = differences;
    this.under = under;
    this.#seen = seen;
  }

  /** Does the same on both sides, and compares the answers or the codes of the errors. */
  async same(what: string, real: () => Promise<unknown>, model: () => unknown): Promise<void> {
    const expected = await outcome(() => Promise.resolve().then(model));
    const actual = await outcome(real);
    this.#seen.add(typeof expected === 'string' ? `${what}: ${expected}` : what);
    expect(this.#comparable(actual)).toEqual(this.#comparable(expected));
    await this.#sameRevision();
  }

  async watch(request: Omit<WatchRequest, 'principal'>): Promise<void> {
    const reader = new WatchReader(this.under.store, request);
    const start = request.startRevision ?? revision(this.model.current + 1);
    const compacted = this.model.isCompacted(request.keyspace, start);
    await this.same(
      'watch',
      async () => (await reader.next()).revision,
      () => {
        if (compacted) throw new Refused('KV_COMPACTED');
        return start - 1;
      },
    );
    if (compacted) await reader[Symbol.asyncDispose]();
    else this.#watches.push({ reader, request, start });
  }

  /** Reads every watch to where the model is, and compares all it ever delivered. */
  async drain(): Promise<void> {
    for (const { reader, request, start } of this.#watches) {
      const expected = this.model.eventsFrom(start, request);
      const delivered = await reader.until(expected.length);
      if (expected.length > 0) this.#seen.add('watch: events');
      expect(plain(delivered)).toEqual(plain(expected));
    }
  }

  async advance(ms: number): Promise<void> {
    if (this.model.advance(ms) > 0) this.#seen.add('expiry');
    await this.under.advance(ms);
    expect((await this.under.store.leases({ principal })).ids).toEqual(this.model.leases());
    await this.#sameRevision();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { reader } of this.#watches) await reader[Symbol.asyncDispose]();
    await this.under[Symbol.asyncDispose]();
  }

  /** Of two reads that a transaction is refused for, the store that refuses before it does anything may name the other one. */
  #comparable(outcome: unknown): unknown {
    const isEither = outcome === 'KV_COMPACTED' || outcome === 'KV_FUTURE_REVISION';
    return this.#differences.refuses === 'before' && isEither ? 'out of range' : plain(outcome);
  }

  async #sameRevision(): Promise<void> {
    const { revision: current } = await this.under.store.status();
    assert(current === this.model.current, `the store is at revision ${current}, the model at ${this.model.current}`);
  }
}

/** @returns what the promise resolves to, or the code of the error it rejects with */
async function outcome(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return { answer: await run() };
  } catch (error) {
    if (error instanceof Refused || error instanceof PortolanError) return error.code;
    throw error;
  }
}

/** Bytes as text, whatever class holds them; what is undefined, and where the answer came from, left out. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name, field]) => name !== 'incarnation' && field !== undefined);
  return Object.fromEntries(entries.map(([name, field]) => [name, plain(field)]));
}
