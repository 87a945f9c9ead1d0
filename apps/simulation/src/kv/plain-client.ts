import { CompactedError, revision } from '@portolan/kv';
import type { MemberId } from '@portolan/raft';
import type { KvCompare, KvKeys, KvOperation, KvTxn } from '@portolan/virtual-world';
import { oneOf } from '../one-of.ts';
import { Violation } from '../violation.ts';
import { Client } from './client.ts';
import { keyValueOf, leaseOf, rangeOf, USER } from './operations.ts';
import { anyMember, sleep, type Scene } from './scene.ts';

export const KEYS = ['a', 'b', 'c', 'd'] as const;
/** All of them, and those of leases. */
export const ALL_KEYS: KvKeys = { from: 'a', to: 'z' };

const THINKING_MS_MAX = 400;
/** So many of the leases that were granted last somebody may ask for: some of them have ended. */
const LENT_KNOWN = 3;

/** Who begins to lead gives leases a little more. */
const INHERITED_SECONDS_MAX = 1;

export const TIMES_TO_LIVE = 'What remains of a lease is no more than was granted';
export const STALE_READS = 'A serializable read shows a state that was, and none before the last';
export const PAST_READS = 'A read of the past shows what was';

/** Reads and writes a few keys, with and without conditions, now and in the past, at whatever member runs. */
export class PlainClient {
  readonly #client: Client;
  readonly #scene: Scene;
  /** Of each life of a member, the newest state that a serializable read has shown. */
  readonly #shown: Map<string, number>;

  /** @param shown shared by all clients of a world */
  constructor(scene: Scene, name: string, shown: Map<string, number>) {
    this.#scene = scene;
    this.#client = new Client(scene, name);
    this.#shown = shown;
    void this.#run();
  }

  async #run(): Promise<void> {
    const { rng, isStopped } = this.#scene;
    while (!isStopped()) {
      await sleep(this.#scene, 1 + rng.below(THINKING_MS_MAX));
      const member = anyMember(this.#scene);
      if (member !== undefined) await this.#act(member);
    }
  }

  async #act(member: MemberId): Promise<void> {
    const { rng, coverage } = this.#scene;
    const kind = rng.below(20);
    if (kind < 4) await this.#read(member);
    else if (kind < 7) await this.#readSerializable(member);
    else if (kind < 9) await this.#readPast(member);
    else if (kind < 11) await this.#keepAlive(member);
    else {
      const input = drawTxn(this.#scene);
      const answer = await this.#client.write(member, input);
      if (answer === 'unknown') coverage.count('writes of unknown outcome');
      if (typeof answer === 'string' || answer.kind !== 'txn' || input.compares === undefined) return;
      coverage.count(answer.succeeded ? 'compares that held' : 'compares that did not hold');
    }
  }

  async #read(member: MemberId): Promise<void> {
    const { coverage, isCut } = this.#scene;
    const answer = await this.#client.read(member, this.#drawKeys());
    if (typeof answer === 'string') return;
    coverage.count('reads');
    if (isCut()) coverage.count('reads under partition');
  }

  /** Of somebody else's lease. */
  async #keepAlive(member: MemberId): Promise<void> {
    const { coverage, lent, rng } = this.#scene;
    const [lease, ttlMs] = oneOf(rng, [...lent].slice(-LENT_KNOWN)) ?? [];
    if (lease === undefined || ttlMs === undefined) return;
    if (rng.below(3) === 0) {
      await this.#timeToLive(member, lease, ttlMs);
      return;
    }
    const answer = await this.#client.lease(member, { kind: 'keep-alive', lease, ttlMs });
    if (typeof answer !== 'string' && answer.kind === 'kept') coverage.count('keep-alives of another');
  }

  async #timeToLive(member: MemberId, lease: string, ttlMs: number): Promise<void> {
    const { principal } = USER;
    const outcome = await this.#client.ask(member, `time to live of ${lease}`, (store) =>
      store.timeToLive({ principal, id: leaseOf(lease) }),
    );
    if (outcome.kind !== 'answered' || outcome.value.lease === undefined) return;
    const { grantedSeconds, remainingSeconds } = outcome.value.lease;
    this.#scene.coverage.count('times to live');
    this.#scene.check(() => {
      const isWithin = grantedSeconds * 1_000 === ttlMs && remainingSeconds >= 0;
      if (isWithin && remainingSeconds <= grantedSeconds + INHERITED_SECONDS_MAX) return;
      throw new Violation(
        TIMES_TO_LIVE,
        `of ${ttlMs} ms, ${grantedSeconds} s were granted, ${remainingSeconds} remain`,
      );
    });
  }

  async #readSerializable(member: MemberId): Promise<void> {
    const { chronicle, coverage, cluster, check } = this.#scene;
    const keys = rangeOf(this.#drawKeys());
    const life = `${member}/${cluster.raft.host(member).life.number}`;
    const atLeast = this.#shown.get(life) ?? 0;
    const outcome = await this.#client.ask(member, 'serializable read', (store) =>
      store.range({ ...USER, keys, serializable: true }),
    );
    if (outcome.kind !== 'answered') return;
    const { revision: at, keyValues } = outcome.value;
    this.#shown.set(life, Math.max(this.#shown.get(life) ?? 0, at));
    coverage.count('serializable reads');
    if (at < chronicle.revision) coverage.count('serializable reads of a member behind');
    check(() => {
      if (at < atLeast) throw new Violation(STALE_READS, `member ${member} has shown ${atLeast}, and then ${at}`);
      this.#compare(STALE_READS, at, chronicle.keysAt(at, keys), keyValues.map(keyValueOf));
    });
  }

  async #readPast(member: MemberId): Promise<void> {
    const { chronicle, coverage, rng, check } = this.#scene;
    const keys = rangeOf(this.#drawKeys());
    const at = revision(Math.max(1, chronicle.revision - rng.below(20)));
    const outcome = await this.#client.ask(member, `read of ${at}`, (store) =>
      store.range({ ...USER, keys, revision: at }),
    );
    if (outcome.kind === 'answered') {
      coverage.count('reads of the past');
      const seen = outcome.value.keyValues.map(keyValueOf);
      check(() => {
        this.#compare(PAST_READS, at, chronicle.keysAt(at, keys), seen);
      });
    } else if (outcome.kind === 'refused' && outcome.error instanceof CompactedError) {
      coverage.count('reads of what is compacted');
      check(() => {
        if (at >= chronicle.floor) throw new Violation(PAST_READS, `${at} is not compacted, member ${member} says so`);
      });
    }
  }

  #compare(property: string, at: number, expected: unknown, seen: unknown): void {
    const [was, is] = [JSON.stringify(expected), JSON.stringify(seen)];
    if (was !== is) throw new Violation(property, `at revision ${at} there was\n  ${was}\nshown was\n  ${is}`);
  }

  #drawKeys(): KvKeys {
    const { rng } = this.#scene;
    return rng.below(2) === 0 ? ALL_KEYS : { from: oneOf(rng, KEYS) ?? 'a' };
  }
}

/** Writes, deletes and reads, half of them under a condition that may hold. Whatever deletes also writes, and so leaves a trace. */
export function drawTxn(scene: Scene): KvTxn {
  const { rng } = scene;
  const key = oneOf(rng, KEYS) ?? 'a';
  const success = drawOperations(scene, key);
  if (rng.below(2) === 0) return { kind: 'txn', success };
  const failure: readonly KvOperation[] = rng.below(2) === 0 ? [{ kind: 'range', ...ALL_KEYS }] : [];
  return { kind: 'txn', compares: [drawCompare(scene, key)], success, failure };
}

function drawOperations({ rng, nextValue }: Scene, key: string): readonly KvOperation[] {
  const other = KEYS.find((one) => one !== key) ?? 'a';
  switch (rng.below(6)) {
    case 0:
      return [
        { kind: 'delete', from: key },
        { kind: 'put', key: other, value: nextValue() },
      ];
    case 1:
      return [
        { kind: 'delete', from: 'a', to: 'c' },
        { kind: 'put', key: 'd', value: nextValue() },
      ];
    case 2:
      return [
        { kind: 'put', key, value: nextValue() },
        { kind: 'put', key: other, value: nextValue() },
        { kind: 'range', ...ALL_KEYS },
      ];
    default:
      return [{ kind: 'put', key, value: nextValue() }];
  }
}

function drawCompare({ rng, seen }: Scene, key: string): KvCompare {
  const last = seen.get(key);
  const relation = oneOf(rng, ['equal', 'equal', 'equal', 'not-equal', 'less', 'greater'] as const) ?? 'equal';
  switch (rng.below(5)) {
    case 0:
      return { key, relation, target: 'create', value: last?.createRevision ?? 0 };
    case 1:
      return { key, relation, target: 'version', value: last?.version ?? 0 };
    case 2:
      return last === undefined
        ? { key, relation, target: 'version', value: 0 }
        : { key, relation, target: 'value', value: last.value };
    default:
      return { key, relation, target: 'mod', value: last?.modRevision ?? 0 };
  }
}
