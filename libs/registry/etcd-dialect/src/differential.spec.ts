import { WatchResponse, type WatchRequest } from '@portolan/contracts/etcd/watch';
import fc from 'fast-check';
import { startBoth, type Both } from './testing/both.ts';
import { comparable, connectEtcd, outcomeOf, type EtcdClients } from './testing/etcd-clients.ts';
import { etcdRequest, type EtcdRequest } from './testing/etcd-requests.ts';
import { describeWithPeers } from './testing/peers.ts';

/** `PORTOLAN_ETCD_RUNS=10000 npx nx test etcd-dialect` looks for longer. */
const RUNS = Number(process.env.PORTOLAN_ETCD_RUNS ?? '60');

describeWithPeers(['etcd'], 'a real etcd and ours, asked the same', () => {
  let both: Both;
  let real: EtcdClients;
  let ours: EtcdClients;
  /** A kind of request that only ever fails proves nothing. */
  const answered = new Set<string>();

  beforeAll(async () => {
    both = await startBoth();
    real = connectEtcd(both.real.port);
    ours = connectEtcd(both.ours.port);
    // Something is compacted from the beginning: before that etcd takes negative revisions in transactions for the newest.
    for (const { kv } of [real, ours]) {
      await outcomeOf(kv, kv.put.bind(kv), { ...NOTHING, key: Buffer.from('first') });
      await outcomeOf(kv, kv.compact.bind(kv), { revision: 2n, physical: true });
    }
  });
  afterAll(async () => {
    real[Symbol.dispose]();
    ours[Symbol.dispose]();
    await both[Symbol.asyncDispose]();
  });

  it(
    'answer the same',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(etcdRequest, { minLength: 10, maxLength: 60 }), async (requests) => {
          for (const request of requests) {
            const revision = BigInt((await both.ours.store.status()).revision);
            const [theirs, own] = await Promise.all([ask(real, request, revision), ask(ours, request, revision)]);
            if (!areTwoFaults(request, theirs, own))
              expect({ request, answer: own }).toEqual({ request, answer: theirs });
            if (wasAnswered(own)) answered.add(request.kind);
          }
        }),
        // What one run left is what the next begins with, so a shrunk one would prove nothing.
        { numRuns: RUNS, endOnFailure: true },
      );
      expect([...answered].toSorted()).toEqual(WANTED);
    },
    RUNS * 10_000,
  );

  it('and tell the same of it to whoever watches from after the compaction on', async () => {
    // The last request may have been to compact all there is.
    for (const { kv } of [real, ours]) await outcomeOf(kv, kv.put.bind(kv), { ...NOTHING, key: Buffer.from('last') });
    const { oldest } = (await both.ours.store.status()).keyspaces.user;
    const { revision: end } = await both.ours.store.status();
    // Of the compacted revision itself etcd forgets a deletion (etcd#18089), and ours does not.
    const begin = BigInt(oldest) + 1n;
    const [theirs, own] = await Promise.all([historyOf(real, begin, BigInt(end)), historyOf(ours, begin, BigInt(end))]);
    expect(own.length).toBeGreaterThan(0);
    expect(own).toEqual(theirs);
  });
});

/** All events from one revision to another, as a watch tells them. */
async function historyOf({ watch }: EtcdClients, from: bigint, to: bigint): Promise<readonly unknown[]> {
  const stream = watch.watch();
  const events: unknown[] = [];
  stream.write(watchAll(from));
  for await (const answer of stream) {
    const told = WatchResponse.fromPartial(answer);
    events.push(...told.events.map(comparable));
    const last = told.events.at(-1)?.kv?.modRevision ?? 0n;
    if (told.canceled || last >= to) break;
  }
  stream.destroy();
  return events;
}

function watchAll(startRevision: bigint): WatchRequest {
  return {
    requestUnion: {
      $case: 'createRequest',
      value: {
        key: Buffer.from([0]),
        rangeEnd: Buffer.from([0]),
        startRevision,
        progressNotify: false,
        filters: [],
        // What was before the compaction itself etcd does not know any more.
        prevKv: false,
        watchId: 0n,
        fragment: false,
      },
    },
  };
}

const NOTHING = { value: Buffer.alloc(0), lease: 0n, prevKv: false, ignoreValue: false, ignoreLease: false };

/** Kinds of requests that were answered, not just refused. Refusals are in `refusals.spec.ts`, one by one. */
const WANTED = ['compact', 'deleteRange', 'grant', 'put', 'range', 'revoke', 'timeToLive', 'txn'];

/** Of two faults etcd tells that of the lease before that of a key, and 3.4 those of puts before all others; ours tells the first it meets. */
function areTwoFaults({ kind }: EtcdRequest, theirs: unknown, own: unknown): boolean {
  return (kind === 'txn' || kind === 'put') && !wasAnswered(theirs) && !wasAnswered(own);
}

function wasAnswered(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && !('details' in answer);
}

function ask({ kv, lease }: EtcdClients, asked: EtcdRequest, current: bigint): Promise<unknown> {
  switch (asked.kind) {
    case 'range':
      return outcomeOf(kv, kv.range.bind(kv), asked.request);
    case 'put':
      return outcomeOf(kv, kv.put.bind(kv), asked.request);
    case 'deleteRange':
      return outcomeOf(kv, kv.deleteRange.bind(kv), asked.request);
    case 'txn':
      return outcomeOf(kv, kv.txn.bind(kv), asked.request);
    case 'compact': {
      // At 1 etcd compacts once, where there is nothing older.
      const revision = current - asked.behind;
      return outcomeOf(kv, kv.compact.bind(kv), { revision: revision < 2n ? 2n : revision, physical: true });
    }
    case 'grant':
      return outcomeOf(lease, lease.leaseGrant.bind(lease), { ID: asked.id, TTL: asked.ttl });
    case 'revoke':
      return outcomeOf(lease, lease.leaseRevoke.bind(lease), { ID: asked.id });
    case 'timeToLive':
      return timeToLive({ kv, lease }, asked.id);
  }
}

/** Without what a clock decides. */
async function timeToLive({ lease }: Pick<EtcdClients, 'kv' | 'lease'>, id: bigint): Promise<unknown> {
  const answer = await outcomeOf(lease, lease.leaseTimeToLive.bind(lease), { ID: id, keys: true });
  if (typeof answer !== 'object' || answer === null || !('keys' in answer) || !Array.isArray(answer.keys))
    return answer;
  return { ...answer, TTL: undefined, keys: answer.keys.toSorted() };
}
