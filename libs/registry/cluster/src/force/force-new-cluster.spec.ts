import { setImmediate as turn } from 'node:timers/promises';
import { ClusterServiceService, type GetMemberStatusResponse } from '@portolan/contracts/cluster';
import { Command } from '@portolan/contracts/kv-command';
import { startFastServer } from '@portolan/grpc';
import { createSeededRng, type Principal } from '@portolan/kernel';
import { keyOf, keysWithPrefix, keyToText, type RangeResult } from '@portolan/kv';
import { ReplayedState } from '@portolan/kv/backup';
import { encodeTxnRequest } from '@portolan/kv/wire';
import { logIndex, memberId, term, type Entry } from '@portolan/raft';
import { startRaft } from '@portolan/raft-driver';
import { implement } from '@portolan/rpc';
import { systemClock as clock } from '@portolan/runtime';
import { nodeDisk } from '@portolan/storage';
import { createTelemetry } from '@portolan/telemetry';
import { openDataFolder, type DataFolder } from '../folder/data-folder.ts';
import type { Membership } from '../folder/member-file.ts';
import { foundAlone } from '../found-alone.ts';
import { openMember } from '../open-member.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { forceNewCluster, type ForceOptions } from './force-new-cluster.ts';

const rng = createSeededRng(1);
const principal: Principal = { kind: 'system', name: 'test' };
const TERM = term(3);
const [ME, LEADER, THIRD] = [memberId(1n), memberId(2n), memberId(3n)];
const NOBODY = { send: () => undefined, sendSnapshot: () => Promise.reject(new Error('there is nobody')) };

function put(index: number, key: string): Entry {
  const success = [{ kind: 'put', keyspace: 'user', key: keyOf(key), value: Buffer.from(key) }] as const;
  const value = encodeTxnRequest({ principal, success });
  const data = Command.encode({ format: 1, command: { $case: 'txn', value } }).finish();
  return { kind: 'command', index: logIndex(index), term: TERM, data };
}

/** A follower that has two keys, and was told that the first of them is committed. */
async function follow(folder: DataFolder, membership: Membership): Promise<void> {
  await folder.settle(membership);
  await using member = await startRaft({
    clusterId: membership.clusterId,
    memberId: ME,
    start: { kind: 'bootstrap', members: membership.founders.map(({ id }) => id) },
    disk: nodeDisk,
    folder: folder.path,
    machine: new ReplayedState(),
    transport: NOBODY,
    clock,
    rng,
    onFatal: (error) => {
      throw error;
    },
  });
  member.receive({
    ...{ kind: 'append', from: LEADER, to: ME, term: TERM, previousIndex: logIndex(0), previousTerm: term(0) },
    entries: [{ kind: 'empty', index: logIndex(1), term: TERM }, put(2, 'told'), put(3, 'untold')],
    committed: logIndex(2),
  });
  while (member.status.durable < 3) await turn();
}

interface House extends AsyncDisposable {
  readonly folder: DataFolder;
  readonly options: ForceOptions;
}

/** @param leader `host:port` of another founder */
async function survivor(leader = '127.0.0.1:1'): Promise<House> {
  const stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder());
  const folder = stack.use(await openDataFolder({ path, rng, name: 'a' }));
  const founders = [
    { id: ME, name: 'a', peerAddress: 'a:2380' },
    { id: LEADER, name: 'b', peerAddress: leader },
    { id: THIRD, name: 'c', peerAddress: undefined },
  ];
  await follow(folder, { clusterId: 0xc1n, generation: 0, memberId: ME, founders });
  const options = { folder, confirmation: 'c1@3/3', besideLeader: false, peerAddress: 'a:2380', others: [] };
  return {
    folder,
    options: { ...options, tls: undefined, rng },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Everything that users have, as the member of this folder knows it. */
async function keysOf(folder: DataFolder): Promise<RangeResult> {
  const { membership } = folder;
  if (membership === undefined) throw new Error('it is nobody');
  await using member = await openMember({
    ...{ folder, membership, store: {}, transport: NOBODY, formatOf: () => undefined, clock, rng },
    onEvent: () => undefined,
    onFatal: (error) => {
      throw error;
    },
  });
  return await member.store.range({ principal, keyspace: 'user', keys: keysWithPrefix(keyOf('')) });
}

/** Somebody who says this of its cluster. */
async function answering(status: Partial<GetMemberStatusResponse>): Promise<AsyncDisposable & { address: string }> {
  const whole = { clusterId: 0xc1n, memberId: LEADER, leaderId: 0n, term: 3n, committedIndex: 2n, appliedIndex: 2n };
  const { getMemberStatus } = ClusterServiceService;
  const telemetry = createTelemetry({ app: 'test', logLevel: 'fatal', logFormat: 'json', clock });
  const server = await startFastServer({
    bind: { host: '127.0.0.1', port: 0 },
    services: [
      implement(
        { getMemberStatus },
        { getMemberStatus: () => Promise.resolve({ ...whole, ageMs: 0n, followers: [], ...status }) },
      ),
    ],
    logger: telemetry.logger('rpc'),
    drainMs: 0,
    instance: 'b',
    clock,
  });
  return { address: `127.0.0.1:${server.port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe('a new cluster of what is left', () => {
  it('has every entry of the log, in another cluster, with revisions that no old one reaches', async () => {
    await using house = await survivor();
    const { folder } = house;
    const forced = await forceNewCluster(house.options);
    expect(forced).toMatchObject({ before: { clusterId: 0xc1n }, membership: folder.membership });
    expect(folder.membership).toMatchObject({ founders: [{ name: 'a', peerAddress: 'a:2380' }] });
    expect(folder.membership?.clusterId).not.toBe(0xc1n);
    expect(folder.membership?.memberId).not.toBe(ME);
    const { keyValues, revision } = await keysOf(folder);
    expect(keyValues.map(({ key }) => keyToText(key))).toEqual(['told', 'untold']);
    expect(revision).toBeGreaterThan(1_000_000_000);
  });

  it('is made once, however often it is asked for', async () => {
    await using house = await survivor();
    await forceNewCluster(house.options);
    const { membership } = house.folder;
    expect(await forceNewCluster(house.options)).toBeUndefined();
    expect(house.folder.membership).toEqual(membership);
  });

  it.each(['yes', 'c1@3/2', 'c1@2/3', 'c2@3/3'])('is refused when it is confirmed by %s', async (confirmation) => {
    await using house = await survivor();
    await expect(forceNewCluster({ ...house.options, confirmation })).rejects.toMatchObject({
      code: 'CLUSTER_FORCE_UNCONFIRMED',
      message: expect.stringMatching(/entries \d to 3 are kept, though this member does not know/) as unknown,
      fix: expect.stringContaining('--force-new-cluster c1@3/3') as unknown,
    });
    expect(house.folder.membership?.clusterId).toBe(0xc1n);
  });

  it('is refused while somebody knows a leader, unless a second cluster is wanted', async () => {
    await using other = await answering({ leaderId: THIRD });
    await using house = await survivor(other.address);
    await expect(forceNewCluster(house.options)).rejects.toMatchObject({
      code: 'CLUSTER_HAS_LEADER',
      message: `cluster c1 has not lost its majority: ${other.address} answers, and knows 3 to lead`,
    });
    expect(await forceNewCluster({ ...house.options, besideLeader: true })).toBeDefined();
  });

  it('is not refused for a leader of another cluster', async () => {
    await using other = await answering({ leaderId: THIRD, clusterId: 0xc2n });
    await using house = await survivor(other.address);
    expect(await forceNewCluster(house.options)).toBeDefined();
  });

  it('says which other member has more', async () => {
    await using other = await answering({ committedIndex: 90n });
    await using house = await survivor(other.address);
    await expect(forceNewCluster({ ...house.options, confirmation: 'yes' })).rejects.toThrow(
      `${other.address} answers, has no leader, and has committed up to 90 in term 3: more than this one`,
    );
  });

  it('is not made of an empty folder, nor of a member that is alone', async () => {
    await using house = await survivor();
    await using temporary = await temporaryFolder();
    await using folder = await openDataFolder({ path: temporary.path, rng });
    const options = { ...house.options, folder };
    await expect(forceNewCluster(options)).rejects.toThrow('no member was in it');
    await folder.settle(foundAlone(folder, undefined, rng));
    await expect(forceNewCluster(options)).rejects.toMatchObject({ code: 'CLUSTER_NOTHING_TO_FORCE' });
  });
});
