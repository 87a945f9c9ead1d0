import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expectEventually } from './eventually.ts';

const run = promisify(execFile);

/** A real Docker engine of its own, with one small image: `box:1`, a busybox. */
export interface DockerEngine extends AsyncDisposable {
  /** `unix:///…` */
  readonly address: string;
  /** The `docker` command against it. @returns what it prints */
  docker(...args: readonly string[]): Promise<string>;
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
  const root = join(folder, 'root');
  await mkdir(join(root, 'bin'), { recursive: true });
  const { stdout } = await run('sh', ['-c', 'command -v busybox']);
  await copyFile(stdout.trim(), join(root, 'bin/busybox'));
  await run('tar', ['-C', root, '-cf', join(folder, 'root.tar'), '.']);
  await docker('import', join(folder, 'root.tar'), 'box:1');
  return {
    address,
    docker,
    async [Symbol.asyncDispose]() {
      const left = await docker('ps', '-q');
      if (left !== '') await docker('kill', ...left.split('\n'));
      daemon.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
