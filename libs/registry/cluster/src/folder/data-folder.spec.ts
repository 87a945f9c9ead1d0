import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSeededRng } from '@portolan/kernel';
import { foundAlone } from '../found-alone.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openDataFolder, type DataFolder } from './data-folder.ts';

const rng = createSeededRng(1);
const open = (path: string, name?: string): Promise<DataFolder> => openDataFolder({ path, rng, name });

describe('the data folder of a member', () => {
  it('remembers who it is, and of what cluster', async () => {
    await using temporary = await temporaryFolder();
    const path = join(temporary.path, 'a', 'b');
    const first = await open(path);
    expect(first.name).toMatch(/^registry-[0-9a-f]{8}$/);
    expect(first.membership).toBeUndefined();
    const membership = foundAlone(first, '127.0.0.1:2380', rng);
    await first.settle(membership);
    await first[Symbol.asyncDispose]();
    await using again = await open(path);
    expect({ name: again.name, nonce: again.nonce, membership: again.membership }).toEqual({
      name: first.name,
      nonce: first.nonce,
      membership,
    });
  });

  it('is another one when it was emptied', async () => {
    await using temporary = await temporaryFolder();
    await using one = await open(join(temporary.path, 'one'), 'registry-1');
    await using other = await open(join(temporary.path, 'other'), 'registry-1');
    expect(one.nonce).not.toBe(other.nonce);
  });

  it('takes the name that it is given', async () => {
    await using temporary = await temporaryFolder();
    await (await open(temporary.path))[Symbol.asyncDispose]();
    await (await open(temporary.path, 'registry-7'))[Symbol.asyncDispose]();
    await using again = await open(temporary.path);
    expect(again.name).toBe('registry-7');
  });

  it('keeps the name of a registry that had no log yet', async () => {
    await using temporary = await temporaryFolder();
    const path = join(temporary.path, 'member.json');
    await writeFile(path, '{"formatVersion":1,"instance":"registry-0badcafe"}\n');
    await using folder = await open(temporary.path);
    expect(folder.name).toBe('registry-0badcafe');
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ formatVersion: 2, name: 'registry-0badcafe' });
  });

  it('keeps a second process out, and says which one has it', async () => {
    await using temporary = await temporaryFolder();
    await using folder = await open(temporary.path);
    await expect(open(folder.path)).rejects.toMatchObject({
      code: 'CLUSTER_MEMBER_RUNS',
      message: `the member of ${folder.path} runs already, as process ${process.pid}`,
    });
  });

  it.each(['{}', '{"formatVersion":3}', 'no JSON'])('is refused with a member.json that says %s', async (text) => {
    await using temporary = await temporaryFolder();
    await writeFile(join(temporary.path, 'member.json'), text);
    await expect(open(temporary.path)).rejects.toMatchObject({
      code: 'REGISTRY_DATA_DIR',
      message: `cannot use the data folder ${temporary.path}: its member.json is not one of this version`,
    });
    expect(await readFile(join(temporary.path, 'member.json'), 'utf8')).toBe(text);
  });
});
