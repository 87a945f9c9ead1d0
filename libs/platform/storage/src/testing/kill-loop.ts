import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createSeededRng, type Rng } from '@portolan/kernel';
import { temporaryFolder } from './temporary-folder.ts';

const PROCESS = fileURLToPath(new URL('./counting-process.ts', import.meta.url));
/** Of numbers, before a process is killed. */
const LIFE_MAX = 300;

/**
 * Starts a process that appends numbers to a log on the real disk, kills it (`kill -9`) in the middle, and so on.
 * @returns how many numbers were durable at the end
 */
export async function killLoop(kills: number, seed: number): Promise<number> {
  await using temporary = await temporaryFolder();
  const rng = createSeededRng(seed);
  let durable = 0;
  for (let life = 0; life < kills; life += 1) {
    const lived = await live(`${temporary.path}/wal`, rng);
    expect(lived.errors).toBe('');
    expect(lived.found).toBeGreaterThanOrEqual(durable);
    durable = lived.durable;
  }
  return durable;
}

async function live(folder: string, rng: Rng): Promise<{ found: number; durable: number; errors: string }> {
  const child = spawn(process.execPath, [PROCESS, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  const errors = text(child.stderr);
  let [found, durable, left] = [-1, 0, rng.below(LIFE_MAX)];
  for await (const line of createInterface(child.stdout)) {
    const [word, number] = line.split(' ');
    if (word === 'found') found = durable = Number(number);
    else {
      durable = Number(number) + 1;
      left -= 1;
    }
    if (left <= 0) child.kill('SIGKILL');
  }
  return { found, durable, errors: await errors };
}

async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream)).toString();
}
