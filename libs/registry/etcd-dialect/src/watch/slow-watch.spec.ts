import { WatchRequest, type WatchResponse } from '@portolan/contracts/etcd/watch';
import { block, codeOf, data, FLAG, frame, HELLO, memoryInUse, PING, RawClient, TYPE } from '@portolan/http/testing';
import type { Principal } from '@portolan/kernel';
import { keyOf } from '@portolan/kv';
import { VirtualClock } from '@portolan/virtual-world';
import { startBoth } from '../testing/both.ts';
import { connectEtcd, outcomeOf } from '../testing/etcd-clients.ts';
import { startOurEtcd } from '../testing/our-etcd.ts';
import { describeWithPeers } from '../testing/peers.ts';
import { PUT } from '../testing/refusals.ts';

const principal: Principal = { kind: 'operator', name: 'test' };
const CANCEL = 8;
/** Shorter than the time in which the server wants its pings answered. */
const STEP_MS = 1_000;
const VALUE_BYTES = 20_000;
const PUTS = 5_000;
/** Of 100 MB that the watch would have to tell. */
const GROWTH_BYTES_MAX = 30 * 1_048_576;

const WATCH_ALL: WatchRequest = {
  requestUnion: {
    $case: 'createRequest',
    value: {
      key: Buffer.from([0]),
      rangeEnd: Buffer.from([0]),
      startRevision: 0n,
      progressNotify: false,
      filters: [],
      prevKv: false,
      watchId: 0n,
      fragment: false,
    },
  },
};

/** The head of a call to Watch, and a request for all keys; the stream stays open. */
function watchAll(): Buffer {
  const fields = [':method', 'POST', ':scheme', 'http', ':path', '/etcdserverpb.Watch/Watch', ':authority', 'a.test'];
  const head = block([...fields, 'content-type', 'application/grpc', 'te', 'trailers']);
  const request = WatchRequest.encode(WATCH_ALL).finish();
  const prefix = Buffer.from([0, 0, 0, 0, request.length]);
  return Buffer.concat([
    frame(TYPE.headers, FLAG.endHeaders, 1, head),
    data(1, Buffer.concat([prefix, Buffer.from(request)])),
  ]);
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

it('a client that never reads its watch costs no memory, and is cut off', async () => {
  const serverClock = new VirtualClock();
  await using ours = await startOurEtcd({ serverClock, autoCompaction: { keepChanges: 100, keepBytes: 1_048_576 } });
  using client = await RawClient.open(ours.port);
  client.send(HELLO, watchAll());
  await until(() => client.frames.some(({ type }) => type === TYPE.data));
  const put = (): Promise<unknown> =>
    ours.store.txn({
      principal,
      success: [{ kind: 'put', keyspace: 'user', key: keyOf('w'), value: Buffer.alloc(VALUE_BYTES) }],
    });
  for (let index = 0; index < 100; index += 1) await put();
  const before = await memoryInUse();
  for (let index = 0; index < PUTS; index += 1) await put();
  expect((await memoryInUse()) - before).toBeLessThan(GROWTH_BYTES_MAX);
  expect(client.frames.filter(({ type }) => type === TYPE.reset)).toEqual([]);
  await pass(serverClock, client, 119_000);
  expect(client.frames.filter(({ type }) => type === TYPE.reset)).toEqual([]);
  await pass(serverClock, client, 5_000);
  expect(codeOf(await client.frameOf(TYPE.reset, 1))).toBe(CANCEL);
});

/** Lets time pass for a client that is alive: it answers the server's pings, and takes nothing. */
async function pass(clock: VirtualClock, client: RawClient, durationMs: number): Promise<void> {
  const pings = (flags: number) => client.frames.filter((one) => one.type === TYPE.ping && one.flags === flags);
  for (let passed = 0; passed < durationMs; passed += STEP_MS) {
    const [asked, answered] = [pings(0).length, pings(FLAG.ack).length];
    await clock.advance(STEP_MS);
    client.send(PING);
    await until(() => pings(FLAG.ack).length > answered);
    const fresh = pings(0).slice(asked);
    if (fresh.length > 0) client.send(...fresh.map(({ payload }) => frame(TYPE.ping, FLAG.ack, 0, payload)));
  }
}

/** 8 MB: more than lies between the two. */
const LATE_PUTS = 400;

/** Reads nothing until all is written. @returns the revisions that it is told of */
async function readLate(port: number): Promise<bigint[]> {
  using clients = connectEtcd(port);
  const { kv } = clients;
  const stream = clients.watch.watch();
  stream.write(WATCH_ALL);
  const answers: AsyncIterator<WatchResponse> = stream[Symbol.asyncIterator]();
  await answers.next();
  for (let index = 0; index < LATE_PUTS; index += 1) {
    await outcomeOf(kv, kv.put.bind(kv), { ...PUT, value: Buffer.alloc(VALUE_BYTES) });
  }
  const told: bigint[] = [];
  while (told.length < LATE_PUTS) {
    const next = await answers.next();
    if (next.done === true) break;
    told.push(...next.value.events.map(({ kv: pair }) => pair?.modRevision ?? 0n));
  }
  stream.destroy();
  return told;
}

describeWithPeers(['etcd'], 'a client that reads its watch late, of a real etcd and of ours', () => {
  it('is told all of it, in order', async () => {
    await using both = await startBoth();
    const [real, ours] = await Promise.all([readLate(both.real.port), readLate(both.ours.port)]);
    expect(ours).toEqual(real);
    expect(ours).toEqual(Array.from({ length: LATE_PUTS }, (_, index) => BigInt(index + 2)));
  });
});
