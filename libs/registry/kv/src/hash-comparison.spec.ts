import { assert, createSeededRng, PortolanError } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { createEmbeddedStore, type EmbeddedStore } from './embedded-store.ts';
import { differing, HASH_COMPARISON_MS, HashComparison } from './hash-comparison.ts';
import { incarnation, revision } from './ids.ts';
import type { AlarmList } from './kv-admin.ts';
import { decodeCommand, encodeCommand } from './log/command-codec.ts';
import { COMMAND_FORMAT } from './machine/command-format.ts';
import { del, principal, put, putOne, write } from './testing/shorthand.ts';
import { ReplicatedLog } from './testing/replicated-log.ts';

/** Memory that forgets a bit of one value. */
function forgetful(bytes: Uint8Array): Uint8Array {
  const command = decodeCommand(bytes);
  if (command.kind !== 'txn' || command.txn.success?.[0]?.kind !== 'put') return bytes;
  const [operation] = command.txn.success;
  return operation.key === 'b' ? encodeCommand({ ...command, txn: { success: [put('b', 'wrong')] } }) : bytes;
}

class Cluster implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly log = new ReplicatedLog(3);
  readonly failures: string[] = [];
  readonly stores: readonly EmbeddedStore[];
  readonly #comparison: HashComparison;
  isAway = false;

  constructor(corrupted?: bigint) {
    this.stores = [1n, 2n, 3n].map((id) => {
      const distort = id === corrupted ? { distort: forgetful } : {};
      return createEmbeddedStore({
        clock: this.clock,
        rng: createSeededRng(Number(id)),
        incarnation: incarnation('the cluster'),
        autoCompaction: 'off',
        openLog: this.log.join(id, { known: COMMAND_FORMAT, ...distort }),
      });
    });
    this.#comparison = new HashComparison({
      clock: this.clock,
      memberId: 1n,
      members: () => [1n, 2n, 3n],
      revision: async () => (await this.store(1n).status()).revision,
      leads: () => true,
      hashOf: async (member, keyspace, at) => {
        if (this.isAway && member === 3n) throw new Away('away', { fix: 'wait' });
        return this.store(member).admin.hashKeyspace({ principal, keyspace, revision: at });
      },
      raise: (alarm) => this.store(1n).admin.raiseAlarm({ principal, ...alarm }),
      onFailure: ({ code }) => this.failures.push(code),
    });
  }

  store(id: bigint): EmbeddedStore {
    const store = this.stores[Number(id) - 1];
    assert(store !== undefined, 'there are three');
    return store;
  }

  async alarms(): Promise<AlarmList['alarms']> {
    await this.clock.advance(HASH_COMPARISON_MS + 1_000);
    return (await this.store(1n).admin.alarms({ principal })).alarms;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#comparison[Symbol.asyncDispose]();
  }
}

class Away extends PortolanError {
  readonly code = 'TEST_AWAY';
  readonly kind = 'unavailable';
}

async function fill(store: EmbeddedStore): Promise<void> {
  for (const key of ['a', 'b', 'c']) await putOne(store, key, 'right');
  await write(store, del('a'), put('x', '1', { keyspace: 'catalog' }));
}

describe('the comparison of members', () => {
  it.each([2n, 3n, 1n])('finds that member %d holds something else, and names it', async (corrupted) => {
    await using cluster = new Cluster(corrupted);
    await fill(cluster.store(1n));
    expect(await cluster.alarms()).toEqual([{ kind: 'corrupt', memberId: corrupted, keyspace: undefined }]);
    await expect(putOne(cluster.store(2n), 'a', '1')).rejects.toMatchObject({ code: 'KV_CORRUPT' });
  });

  it('finds nothing where all hold the same, whatever was compacted', async () => {
    await using cluster = new Cluster();
    await fill(cluster.store(1n));
    expect(await cluster.alarms()).toEqual([]);
    await cluster.store(2n).compact({ principal, keyspace: 'user', revision: revision(4) });
    expect(await cluster.alarms()).toEqual([]);
    expect(cluster.failures).toEqual([]);
  });

  it('compares who is there, and the others when they are back', async () => {
    await using cluster = new Cluster(3n);
    cluster.isAway = true;
    await fill(cluster.store(1n));
    expect(await cluster.alarms()).toEqual([]);
    expect(new Set(cluster.failures)).toEqual(new Set(['TEST_AWAY']));
    cluster.isAway = false;
    expect(await cluster.alarms()).toMatchObject([{ memberId: 3n }]);
  });

  it.each<readonly [string, readonly number[], number, readonly bigint[]]>([
    ['all agree', [1, 1, 1], 3, []],
    ['one of three differs', [1, 2, 1], 3, [2n]],
    ['whoever leads differs', [1, 2, 2], 3, [1n]],
    ['one of two differs', [1, 2], 2, [0n]],
    ['two of three answer, and differ', [1, 2], 3, [0n]],
    ['all differ', [1, 2, 3], 3, [0n]],
    ['two of five differ', [1, 2, 1, 3, 1], 5, [2n, 4n]],
  ])('when %s: %j of %d', (_what, hashes, size, wrong) => {
    const answers = hashes.map((hash, index) => ({ member: BigInt(index + 1), hash }));
    expect(differing(answers, size)).toEqual(wrong);
  });
});
