import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptSessionSecret, SessionSecretError } from './session-secret.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portolan-secret-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('makes a secret once, for this user alone', async () => {
  const dataDir = join(folder, 'bff-web');
  const secrets = await Promise.all([
    keptSessionSecret(dataDir),
    keptSessionSecret(dataDir),
    keptSessionSecret(dataDir),
  ]);
  expect(secrets[0]).toHaveLength(32);
  expect(new Set(secrets.map((secret) => Buffer.from(secret).toString('hex'))).size).toBe(1);
  expect(await readdir(dataDir)).toEqual(['session-secret']);
  expect((await stat(join(dataDir, 'session-secret'))).mode & 0o077).toBe(0);
});

it('refuses one that is too short', async () => {
  await writeFile(join(folder, 'session-secret'), 'c2hvcnQ');
  await expect(keptSessionSecret(folder)).rejects.toThrow('is too short');
});

it('says what to do when the folder cannot be made', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(keptSessionSecret(join(folder, 'file', 'x'))).rejects.toThrow(SessionSecretError);
});
