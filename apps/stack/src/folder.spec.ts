import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkWritable } from './folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portolan-stack-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('makes the folder and leaves nothing in it', async () => {
  await checkWritable(join(folder, 'a', 'b'));
  expect(await readdir(join(folder, 'a', 'b'))).toEqual([]);
});

it('names the folder and what to do when it cannot be made', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  const refused = checkWritable(join(file, 'data'));
  await expect(refused).rejects.toThrow(join(file, 'data'));
  await expect(refused).rejects.toMatchObject({ fix: expect.stringContaining('--data-dir') as unknown });
});
