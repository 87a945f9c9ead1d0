import { execFile, spawnSync } from 'node:child_process';
import { access, glob, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../../../..');
/** The workspaces, as the package.json of the root has them. */
const MANIFESTS = ['apps/*/package.json', 'libs/contracts/package.json', 'libs/*/*/package.json'];
const SCOPE = '@portolan';
const Manifest = z.object({ name: z.string() });

/** The sources of a commit, in a folder of their own. Disposing removes it. */
export interface RecordedTree extends AsyncDisposable {
  readonly path: string;
}

/** Not in a shallow clone, nor in what was unpacked from an archive. */
export function hasCommit(commit: string): boolean {
  return spawnSync('git', ['-C', ROOT, 'cat-file', '-e', `${commit}^{commit}`]).status === 0;
}

/** Its links to other projects are to its own ones; what it has from npm is what is installed here. */
export async function recordedTree(commit: string): Promise<RecordedTree> {
  const path = await mkdtemp(join(tmpdir(), 'portolan-recorded-'));
  const archive = join(path, 'tree.tar');
  await run('git', ['-C', ROOT, 'archive', '--format=tar', '-o', archive, commit]);
  await run('tar', ['-xf', archive, '-C', path]);
  await rm(archive);
  await mkdir(join(path, 'node_modules', SCOPE), { recursive: true });
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (name !== SCOPE) await symlink(join(ROOT, 'node_modules', name), join(path, 'node_modules', name));
  }
  for await (const manifest of glob(MANIFESTS, { cwd: path })) {
    const { name } = Manifest.parse(JSON.parse(await readFile(join(path, manifest), 'utf8')));
    const project = dirname(manifest);
    await symlink(join(path, project), join(path, 'node_modules', name));
    // What npm could not hoist.
    const nested = join(ROOT, project, 'node_modules');
    if (await exists(nested)) await symlink(nested, join(path, project, 'node_modules'));
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
