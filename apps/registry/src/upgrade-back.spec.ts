import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFolder } from '@portolan/cluster';
import { Command } from '@portolan/contracts/kv-command';
import { assert } from '@portolan/kernel';
import { COMMAND_FORMAT } from '@portolan/kv';
import { startRaft } from '@portolan/raft-driver';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { nodeDisk } from '@portolan/storage';
import { startRegistry } from './testing/registry-process.ts';

const LATER = COMMAND_FORMAT + 1;

/** As the members of a later version do once all of them are of that version. */
async function raiseFormat(path: string): Promise<void> {
  await using folder = await openDataFolder({ path, rng });
  assert(folder.membership !== undefined, 'a member has run there');
  const { clusterId, memberId } = folder.membership;
  await using member = await startRaft({
    clusterId,
    memberId,
    start: { kind: 'bootstrap', members: [memberId] },
    disk: nodeDisk,
    folder: folder.path,
    machine: { apply: () => undefined, snapshot: () => [], restore: () => Promise.resolve() },
    transport: { send: () => undefined, sendSnapshot: () => Promise.reject(new Error('there is nobody')) },
    clock,
    rng,
    onFatal: (error) => {
      throw error;
    },
  });
  await member.propose(
    Command.encode({ format: LATER, command: { $case: 'activate', value: { format: LATER } } }).finish(),
  );
}

describe('a registry that is taken back to an earlier version', () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'portolan-downgrade-'));
  });
  afterEach(() => rm(path, { recursive: true }));

  it('is refused once the cluster has agreed on a later format, and told which', async () => {
    {
      await using registry = await startRegistry(path);
      expect(await registry.end('SIGTERM')).toBe(0);
    }
    await raiseFormat(path);
    const told = `the format ${LATER}, unknown to this member, which knows format ${COMMAND_FORMAT}`;
    const what = 'start it with the version the others have';
    await expect(startRegistry(path)).rejects.toThrow(new RegExp(`${told}.*KV_UNKNOWN_COMMAND.*${what}`, 's'));
  }, 60_000);
});
