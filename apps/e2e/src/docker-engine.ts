import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expectEventually } from './eventually.ts';

const run = promisify(execFile);

/** A real Docker engine of its own, with one small image: `box:1`, a busybox. */
export interface DockerEngine extends AsyncDisposable {
  /** `unix:///…` */
  readonly address: string;
  /** The `docker` command against it. @returns what it prints */
  docker(...args: readonly string[]): Promise<string>;
  /** Makes an image that holds files of this machine, each with the libraries it needs, around a busybox. */
  importImage(name: string, options: ImageOptions): Promise<void>;
}

export interface ImageOptions {
  /** Programs, folders and files, at the same place as here; `[from, to]` at another. */
  readonly files?: readonly (string | readonly [from: string, to: string])[];
  /** Instructions of a Dockerfile: `ENV PATH=…`. */
  readonly changes?: readonly string[];
}

/** Needs root, `docker.io` and `busybox-static`. */
export async function startDockerEngine(): Promise<DockerEngine> {
  // Short: the path of a socket has at most 108 bytes.
  const folder = await mkdtemp(join(tmpdir(), 'dk-'));
  const address = `unix://${join(folder, 'd.sock')}`;
  const lines: string[] = [];
  const daemon = spawn(
    'dockerd',
    [
      ...['--storage-driver', 'vfs', '--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
      ...['--host', address, '--pidfile', join(folder, 'pid')],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  daemon.stderr.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  const ended = new Promise((resolve) => daemon.once('close', resolve));
  const docker = async (...args: readonly string[]): Promise<string> =>
    (await run('docker', ['--host', address, ...args])).stdout.trim();
  try {
    await expectEventually('a Docker engine', async () => (await docker('info', '--format', '{{.Driver}}')) === 'vfs');
  } catch (error) {
    daemon.kill('SIGKILL');
    throw new Error(`${String(error)}\n${lines.join('')}`);
  }
  const importImage = async (name: string, { files = [], changes = [] }: ImageOptions): Promise<void> => {
    const root = join(folder, `root-${name.replaceAll(/[^a-z0-9]/g, '-')}`);
    await copyInto(root, files);
    const tar = `${root}.tar`;
    await run('tar', ['-C', root, '-cf', tar, '.']);
    await docker('import', ...changes.flatMap((change) => ['--change', change]), tar, name);
    await rm(root, { recursive: true });
    await rm(tar);
  };
  await importImage('box:1', {});
  return {
    address,
    docker,
    importImage,
    async [Symbol.asyncDispose]() {
      const left = await docker('ps', '-q');
      if (left !== '') await docker('kill', ...left.split('\n'));
      daemon.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Fills a root file system: a busybox under all its names, and what else is wanted. */
async function copyInto(root: string, files: NonNullable<ImageOptions['files']>): Promise<void> {
  await mkdir(join(root, 'bin'), { recursive: true });
  await mkdir(join(root, 'etc'), { recursive: true });
  await mkdir(join(root, 'tmp'), { recursive: true, mode: 0o1777 });
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  const { stdout } = await run('sh', ['-c', 'command -v busybox']);
  await copyFile(stdout.trim(), join(root, 'bin/busybox'));
  const names = (await run('busybox', ['--list'])).stdout.trim().split('\n');
  for (const name of names) await symlink('busybox', join(root, 'bin', name)).catch(ignoreExisting);
  for (const file of files) {
    const [from, to] = typeof file === 'string' ? [file, file] : file;
    await mkdir(join(root, dirname(to)), { recursive: true });
    // A link given by its name is what it leads to; links inside of a folder stay.
    await run('cp', ['-a', '-H', from, join(root, to)]);
    for (const library of await librariesOf(from)) {
      await mkdir(join(root, dirname(library)), { recursive: true });
      await run('cp', ['-L', library, join(root, library)]);
    }
  }
}

/** The shared libraries of a program, or of every one in a folder. */
async function librariesOf(path: string): Promise<readonly string[]> {
  // Of scripts it says that they are none, and fails.
  const script = `find -L "$0" -type f \\( -perm -u+x -o -name '*.so' \\) -exec ldd {} + 2>/dev/null; true`;
  const { stdout } = await run('sh', ['-c', script, path], { maxBuffer: 16 * 1_024 ** 2 });
  return [...new Set([...stdout.matchAll(/(\/\S+\.so\S*) \(0x/g)].map(([, library]) => library ?? ''))];
}

function ignoreExisting(error: unknown): void {
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST') return;
  throw error;
}
