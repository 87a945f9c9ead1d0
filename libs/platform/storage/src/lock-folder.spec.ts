import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { lockFolder } from './lock-folder.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const PROCESS = fileURLToPath(new URL('./testing/locking-process.ts', import.meta.url));

it('keeps a second owner out, until the first lets go', async () => {
  await using temporary = await temporaryFolder();
  const folder = `${temporary.path}/data`;
  const lock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toMatchObject({
    code: 'STORAGE_FOLDER_IN_USE',
    message: `another process has ${folder}`,
  });
  lock[Symbol.dispose]();
  (await lockFolder(folder))[Symbol.dispose]();
});

it('keeps out of what another process has, until that is killed', async () => {
  await using temporary = await temporaryFolder();
  const owner = spawn(process.execPath, [PROCESS, temporary.path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(owner.stdout, 'data');
  await expect(lockFolder(temporary.path)).rejects.toMatchObject({ code: 'STORAGE_FOLDER_IN_USE' });
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  (await lockFolder(temporary.path))[Symbol.dispose]();
});

it('says what is wrong when there can be no lock', async () => {
  await using temporary = await temporaryFolder();
  await writeFile(
    `${temporary.path}/lock`,
    'something else that is no database, and long enough for one to be told from it'.repeat(20),
  );
  await expect(lockFolder(temporary.path)).rejects.toMatchObject({
    code: 'STORAGE_DISK_FAILED',
    path: `${temporary.path}/lock`,
  });
});
