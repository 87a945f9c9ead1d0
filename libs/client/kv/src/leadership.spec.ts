import { createSeededRng, type Principal } from '@portolan/kernel';
import { createEmbeddedStore, createIncarnation, keyOf, StoreClosedError, type KvStore } from '@portolan/kv';
import { VirtualClock } from '@portolan/virtual-world';
import { LEADER_TTL_SECONDS, LEADERLESS_POLL_MS, whileLeader, type LeaderTerm } from './leadership.ts';

const principal: Principal = { kind: 'service', name: 'registrar' };
const SILENT = { info: () => undefined, warn: () => undefined };

class Election implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly store = createEmbeddedStore({
    clock: this.clock,
    rng: createSeededRng(1),
    incarnation: createIncarnation(createSeededRng(2)),
    autoCompaction: 'off',
  });
  readonly leading = new Set<string>();
  readonly terms: (LeaderTerm & { readonly name: string })[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];

  /** @returns ends it, as a process that is told to */
  stand(name: string, store: KvStore = this.store): () => Promise<void> {
    const stop = new AbortController();
    const options = { store, principal, clock: this.clock, logger: SILENT, key: keyOf('locks/x'), name };
    const term = async (leader: LeaderTerm): Promise<void> => {
      this.leading.add(name);
      this.terms.push({ ...leader, name });
      if (!leader.lost.aborted)
        await new Promise((resolve) => {
          leader.lost.addEventListener('abort', resolve);
        });
      this.leading.delete(name);
    };
    const running = whileLeader(options, term, AbortSignal.any([stop.signal, this.#stop.signal]));
    this.#running.push(running);
    return () => {
      stop.abort();
      return running;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
    await this.store[Symbol.asyncDispose]();
  }
}

describe('leadership', () => {
  it('is of one at a time, with a token that grows', async () => {
    await using election = new Election();
    const leave = election.stand('a');
    await election.clock.advance(0);
    election.stand('b');
    await election.clock.advance(60_000);
    expect([...election.leading]).toEqual(['a']);
    await leave();
    await election.clock.advance(LEADERLESS_POLL_MS);
    expect([...election.leading]).toEqual(['b']);
    const [first, second] = election.terms;
    expect(second?.token).toBeGreaterThan(first?.token ?? Infinity);
  });

  it('is given up by a term that ends early, and not won again at once', async () => {
    await using election = new Election();
    const { clock, store } = election;
    const stop = new AbortController();
    let terms = 0;
    const options = { store, principal, clock, logger: SILENT, key: keyOf('locks/x'), name: 'a' };
    const running = whileLeader(options, () => Promise.resolve(void (terms += 1)), stop.signal);
    await clock.advance(10 * LEADERLESS_POLL_MS - 1);
    expect(terms).toBe(10);
    stop.abort();
    await running;
  });

  it('ends by its own clock before another one can win, when the store no longer answers', async () => {
    await using election = new Election();
    let away = false;
    const failing = new Proxy(election.store, {
      get: (target, name: keyof KvStore) =>
        away ? () => Promise.reject(new StoreClosedError()) : (target[name] as () => unknown).bind(target),
    });
    election.stand('a', failing);
    await election.clock.advance(0);
    election.stand('b');
    await election.clock.advance(10_000);
    away = true;
    let both = 0;
    for (let ms = 0; ms < (LEADER_TTL_SECONDS + 1) * 1_000; ms += 50) {
      await election.clock.advance(50);
      if (election.leading.size > 1) both += 1;
    }
    expect(both).toBe(0);
    expect([...election.leading]).toEqual(['b']);
    away = false;
    await election.clock.advance(60_000);
    expect([...election.leading]).toEqual(['b']);
  });

  it('begins when the store does', async () => {
    await using election = new Election();
    let away = true;
    const failing = new Proxy(election.store, {
      get: (target, name: keyof KvStore) =>
        away ? () => Promise.reject(new StoreClosedError()) : (target[name] as () => unknown).bind(target),
    });
    election.stand('a', failing);
    await election.clock.advance(5_000);
    expect(election.leading.size).toBe(0);
    away = false;
    await election.clock.advance(LEADERLESS_POLL_MS);
    expect([...election.leading]).toEqual(['a']);
  });

  it('is lost with its lease', async () => {
    await using election = new Election();
    election.stand('a');
    await election.clock.advance(0);
    const { ids } = await election.store.leases({ principal });
    for (const id of ids) await election.store.revokeLease({ principal, id });
    await election.clock.advance(LEADER_TTL_SECONDS * 1_000);
    expect(election.terms.map(({ name, lost }) => `${name} ${lost.aborted ? 'lost' : 'leads'}`)).toEqual([
      'a lost',
      'a leads',
    ]);
  });
});
