import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSeededRng } from '@portolan/kernel';
import { foundAlone } from '../found-alone.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openDataFolder, type DataFolder } from './data-folder.ts';
import type { Membership } from './member-file.ts';

const rng = createSeededRng(1);
const open = (path: string): Promise<DataFolder> => openDataFolder({ path, rng, name: 'registry-1' });

/** A log and a snapshot, as far as folders go. */
async function writeData(folder: string, text: string): Promise<void> {
  for (const name of ['wal', 'snapshots']) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'file'), text);
  }
}

interface Setting extends AsyncDisposable {
  readonly path: string;
  readonly old: Membership;
  readonly next: Membership;
  readonly kept: string;
}

/** A folder with the data of a member, and its book. */
async function setting(): Promise<Setting> {
  const temporary = await temporaryFolder();
  const { path } = temporary;
  await using folder = await open(path);
  const [old, next] = [foundAlone(folder, 'a:2380', rng), foundAlone(folder, 'a:2380', rng)];
  await folder.settle(old);
  await writeData(path, 'old');
  await writeFile(join(path, 'peers.json'), '{}');
  const kept = join(path, `before-${old.clusterId.toString(16)}`);
  return { path, old, next, kept, [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose]() };
}

async function expectBegun({ path, next, old, kept }: Setting): Promise<void> {
  await using folder = await open(path);
  expect(folder.membership).toEqual(next);
  expect(await folder.hasBegunAfter(old.clusterId)).toBe(true);
  for (const name of ['wal', 'snapshots']) {
    expect(await readFile(join(path, name, 'file'), 'utf8')).toBe('new');
    expect(await readFile(join(kept, name, 'file'), 'utf8')).toBe('old');
  }
  expect(await readFile(join(kept, 'member.json'), 'utf8')).toContain(old.clusterId.toString(16));
  expect((await readdir(path)).filter((name) => name === 'peers.json' || name.startsWith('new-cluster'))).toEqual([]);
}

describe('a folder that begins again', () => {
  it('is of the new member, and keeps what it had', async () => {
    await using one = await setting();
    {
      await using folder = await open(one.path);
      expect(await folder.hasBegunAfter(one.old.clusterId)).toBe(false);
      expect(await folder.beginAgain(one.next, (draft) => writeData(draft, 'new'))).toBe(one.kept);
      expect(folder.membership).toEqual(one.next);
    }
    await expectBegun(one);
  });

  it('is as it was when the new data cannot be written', async () => {
    await using one = await setting();
    {
      await using folder = await open(one.path);
      await expect(folder.beginAgain(one.next, () => Promise.reject(new Error('full')))).rejects.toThrow('full');
    }
    await using folder = await open(one.path);
    expect(folder.membership).toEqual(one.old);
    expect(await readFile(join(one.path, 'wal/file'), 'utf8')).toBe('old');
  });

  /** What a crash leaves after each step. Each builds on the ones before it. */
  const STEPS: readonly (readonly [string, (one: Setting, next: string) => Promise<unknown>])[] = [
    ['everything is written', () => Promise.resolve()],
    ['the folder for what it had is made', ({ kept }) => mkdir(kept)],
    ['its snapshots are put away', ({ path, kept }) => rename(join(path, 'snapshots'), join(kept, 'snapshots'))],
    ['there are new ones', ({ path }, next) => rename(join(next, 'snapshots'), join(path, 'snapshots'))],
    ['its log is put away', ({ path, kept }) => rename(join(path, 'wal'), join(kept, 'wal'))],
    ['there is a new one', ({ path }, next) => rename(join(next, 'wal'), join(path, 'wal'))],
    ['its book is put away', ({ path, kept }) => rename(join(path, 'peers.json'), join(kept, 'peers.json'))],
    ['it is noted who it was', ({ path, kept }) => cp(join(path, 'member.json'), join(kept, 'member.json'))],
    ['it says who it is', ({ path }, next) => rename(join(next, 'member.json'), join(path, 'member.json'))],
  ];

  it.each(STEPS.map(([name], index) => [name, index] as const))(
    'goes on after a crash when %s',
    async (_name, last) => {
      await using one = await setting();
      await using other = await temporaryFolder();
      const next = join(one.path, 'new-cluster');
      await writeData(next, 'new');
      {
        // What the new member.json says.
        await using folder = await open(other.path);
        await folder.settle(one.next);
      }
      await rename(join(other.path, 'member.json'), join(next, 'member.json'));
      for (const [, step] of STEPS.slice(0, last + 1)) await step(one, next);
      await expectBegun(one);
    },
  );

  it('forgets a draft that was not finished, when it begins again', async () => {
    await using one = await setting();
    await writeData(join(one.path, 'new-cluster.draft'), 'half');
    {
      await using folder = await open(one.path);
      expect(folder.membership).toEqual(one.old);
      await folder.beginAgain(one.next, async (draft) => {
        expect(await readdir(draft)).toEqual([]);
        await writeData(draft, 'new');
      });
    }
    await expectBegun(one);
    await rm(one.kept, { recursive: true });
  });
});
