import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { offerServicesFile, servicesFile } from './services-file.ts';

it('is there to be edited, and is never written over', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'portolan-stack-'));
  await offerServicesFile(folder);
  expect(await readFile(servicesFile(folder), 'utf8')).toMatch(/^services: \[\]$/m);
  await writeFile(servicesFile(folder), 'mine');
  await offerServicesFile(folder);
  expect(await readFile(servicesFile(folder), 'utf8')).toBe('mine');
  await expect(offerServicesFile(join(folder, 'none'))).rejects.toThrow(/ENOENT/);
});
