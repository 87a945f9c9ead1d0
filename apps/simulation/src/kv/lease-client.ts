import type { KvOperation } from '@portolan/virtual-world';
import { oneOf } from '../one-of.ts';
import { Client, type Answer } from './client.ts';
import { KEYS } from './plain-client.ts';
import { anyMember, sleep, type Scene } from './scene.ts';

/** The shortest there is, and twice that: some are alive whenever something happens. */
const TTL_SECONDS = [2, 3, 4] as const;

/** Keeps a lease with keys under it for a while, then gives it back or lets it end; and again. */
export class LeaseClient {
  readonly #client: Client;
  readonly #scene: Scene;
  readonly #number: number;
  #lease = '';
  #leases = 0;
  /** Nobody knows what became of a call that would end or begin it: another has its name from then on. */
  #isDoubtful = true;

  /** @param number no other client's */
  constructor(scene: Scene, name: string, number: number) {
    this.#scene = scene;
    this.#number = number;
    this.#client = new Client(scene, name);
    void this.#run();
  }

  async #run(): Promise<void> {
    const { rng, isStopped, coverage, lent } = this.#scene;
    while (!isStopped()) {
      await sleep(this.#scene, 1 + rng.below(1_000));
      this.#nameLease();
      // Of one name always the same, so that everybody knows it.
      const ttlMs = 1_000 * (TTL_SECONDS[this.#leases % TTL_SECONDS.length] ?? 2);
      lent.delete(this.#lease);
      lent.set(this.#lease, ttlMs);
      if (kindOf(await this.#lend('grant', ttlMs)) !== 'granted') continue;
      coverage.count('grants');
      await this.#attach();
      await this.#keep(ttlMs);
      if (rng.below(3) > 0) await sleep(this.#scene, rng.below(2 * ttlMs));
      else if (kindOf(await this.#lend('revoke', ttlMs)) === 'revoked') coverage.count('revokes');
    }
  }

  /** The one of before, if that is over: what was to end that must not end this. */
  #nameLease(): void {
    if (!this.#isDoubtful && this.#scene.rng.below(2) === 0) return;
    this.#leases += 1;
    this.#lease = String(this.#number * 1_000 + this.#leases);
    this.#isDoubtful = false;
  }

  async #attach(): Promise<void> {
    const { rng, nextValue } = this.#scene;
    const member = anyMember(this.#scene);
    if (member === undefined) return;
    const lease = this.#lease;
    const own = (name: string) => ({ kind: 'put', key: `l${this.#number}${name}`, value: nextValue(), lease }) as const;
    const key = oneOf(rng, KEYS) ?? 'a';
    const success = drawn<KvOperation>(rng.below(4), [
      () => [own('b')],
      () => [own('b'), own('a')],
      () => [own('a'), { kind: 'put', key, value: nextValue(), lease }],
      () => [{ kind: 'put', key, value: nextValue() }, own('a')],
    ]);
    await this.#client.write(member, { kind: 'txn', success });
  }

  async #keep(ttlMs: number): Promise<void> {
    const { rng, isStopped, coverage } = this.#scene;
    for (let left = rng.below(8); left > 0 && !isStopped(); left -= 1) {
      await sleep(this.#scene, ttlMs * (0.1 + 0.7 * rng.float()));
      const answer = kindOf(await this.#lend('keep-alive', ttlMs));
      if (answer === 'kept') coverage.count('keep-alives');
      if (answer === 'no-lease') return;
      if (rng.below(4) === 0) await this.#attach();
    }
  }

  async #lend(kind: 'grant' | 'keep-alive' | 'revoke', ttlMs: number): Promise<Answer> {
    const member = anyMember(this.#scene);
    if (member === undefined) return 'failed';
    const lease = this.#lease;
    const answer = await this.#client.lease(member, kind === 'revoke' ? { kind, lease } : { kind, lease, ttlMs });
    this.#isDoubtful ||= answer === 'unknown';
    return answer;
  }
}

const drawn = <Item>(index: number, draws: readonly (() => readonly Item[])[]): readonly Item[] =>
  draws[index]?.() ?? [];

const kindOf = (answer: Answer): string => (typeof answer === 'string' ? answer : answer.kind);
