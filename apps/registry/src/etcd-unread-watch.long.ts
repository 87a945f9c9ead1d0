import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WatchResponse } from '@portolan/contracts/etcd/watch';
import {
  connectEtcd,
  describeWithPeers,
  outcomeOf,
  startRealEtcds,
  type EtcdClients,
} from '@portolan/etcd-dialect/testing';
import { assert } from '@portolan/kernel';
import { startRegistry } from './testing/registry-process.ts';

const VALUE_BYTES = 40_000;
/** Under way at once. */
const WRITERS = 10;
/** 100 MB. */
const ROUND_PUTS = 2_500;
/** Until the process is as large as writing makes it: it keeps the last 5,000 entries of its log, and those since its last snapshot. */
const ROUNDS_BEFORE = 8;
/** 300 MB that the watch would have to tell. */
const ROUNDS_WATCHED = 3;
const GROWTH_BYTES_MAX = 64 * 1_048_576;
/** A client that takes nothing is ended after two minutes. */
const STALL_MS = 120_000;
const LOOK_MS = 1_000;

/** Little history, so that what grows is not that; more than lies between the two, or the watch would be told that it is compacted. */
const HISTORY = ['--history-changes', '1000', '--history-bytes', String(32 * 1_048_576)];

async function residentBytes(pid: number): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1_024;
}

async function write({ kv }: EtcdClients, rounds: number): Promise<void> {
  const request = {
    value: Buffer.alloc(VALUE_BYTES),
    lease: 0n,
    prevKv: false,
    ignoreValue: false,
    ignoreLease: false,
  };
  const put = async (writer: number): Promise<void> => {
    const outcome = await outcomeOf(kv, kv.put.bind(kv), { ...request, key: Buffer.from(`w/${writer}`) });
    expect(outcome).not.toHaveProperty('details');
  };
  for (let index = 0; index < rounds * ROUND_PUTS; index += WRITERS) {
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => put(writer)));
  }
}

/** A watch of everything that is read no further than that it is there. */
class Unread {
  readonly #answers: AsyncIterator<WatchResponse>;

  private constructor(answers: AsyncIterator<WatchResponse>) {
    this.#answers = answers;
  }

  static async open({ watch }: EtcdClients): Promise<Unread> {
    const stream = watch.watch();
    const [key, rangeEnd] = [Buffer.from([0]), Buffer.from([0])];
    const value = { key, rangeEnd, startRevision: 0n, progressNotify: false, filters: [], prevKv: false };
    stream.write({ requestUnion: { $case: 'createRequest', value: { ...value, watchId: 0n, fragment: false } } });
    const answers: AsyncIterator<WatchResponse> = stream[Symbol.asyncIterator]();
    await answers.next();
    return new Unread(answers);
  }

  /** Takes what there is, up to so many events. @returns how many came, and how it ended, if it did */
  async read(eventsMax: number): Promise<readonly [events: number, end: unknown]> {
    let events = 0;
    try {
      while (events < eventsMax) {
        const next = await this.#answers.next();
        if (next.done === true) return [events, 'done'];
        events += next.value.events.length;
      }
    } catch (error) {
      return [events, error];
    }
    return [events, undefined];
  }
}

describeWithPeers(['etcd'], 'a client that never reads its watch', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portolan-registry-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it(
    'costs a registry no memory, and is ended in two minutes, in which etcd would go on to wait',
    async () => {
      await using registry = await startRegistry(folder, '--etcd-port', '0', ...HISTORY);
      await using real = await startRealEtcds(1);
      assert(registry.etcd !== undefined && real.members[0] !== undefined, 'both serve');
      using ours = connectEtcd(Number(new URL(registry.etcd).port));
      using theirs = connectEtcd(real.members[0].port);
      await write(ours, ROUNDS_BEFORE);
      const before = await residentBytes(registry.pid);
      const [unread, beside] = [await Unread.open(ours), await Unread.open(theirs)];
      const from = Date.now();
      await write(ours, ROUNDS_WATCHED);
      const after = await residentBytes(registry.pid);
      process.stdout.write(`RSS ${mebibytes(before)} MiB, then ${mebibytes(after)} MiB\n`);
      expect(after - before).toBeLessThan(GROWTH_BYTES_MAX);
      await write(theirs, 1);

      while (!(await hasEnded(registry.ops))) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      const seconds = Math.round((Date.now() - from) / 1_000);
      const [told, end] = await unread.read(Infinity);
      process.stdout.write(`ended after ${seconds} s, with ${told} events on the way: ${String(end)}\n`);
      expect(told).toBeLessThan(ROUND_PUTS);
      expect(end).toMatchObject({ code: 1 });
      expect(await beside.read(ROUND_PUTS)).toEqual([ROUND_PUTS, undefined]);
    },
    4 * STALL_MS,
  );
});

const mebibytes = (bytes: number): number => Math.round(bytes / 1_048_576);

async function hasEnded(ops: string): Promise<boolean> {
  const metrics = await (await fetch(`${ops}/metrics`)).text();
  return /rpc_server_calls_total\{[^}]*method="\/etcdserverpb\.Watch\/Watch"/.test(metrics);
}
