import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const lib = join(import.meta.dirname, '..');
const bin = join(lib, '../../node_modules/.bin');

/** Runs buf in the lib; a failure carries what buf printed. */
const buf = (...args: readonly string[]): Promise<{ stdout: string }> =>
  run(join(bin, 'buf'), [...args], { cwd: lib, env: { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` } });

const filesUnder = async (folder: string): Promise<Map<string, string>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return new Map(files.map((file, index) => [file.slice(folder.length), contents[index] ?? '']));
};

describe('the contracts', () => {
  it('follow the rules of buf lint', async () => {
    await expect(buf('lint')).resolves.toMatchObject({ stdout: '' });
  });

  it('do not break what the committed baseline promised', async () => {
    await expect(buf('breaking', '--against', 'baseline.binpb')).resolves.toMatchObject({ stdout: '' });
  });

  it('are what the committed types were generated from', async () => {
    const fresh = await mkdtemp(join(tmpdir(), 'portolan-contracts-'));
    try {
      await buf('generate', '--output', fresh);
      const committed = await filesUnder(join(lib, 'src/generated'));
      expect(await filesUnder(join(fresh, 'src/generated'))).toEqual(committed);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  });
});
