import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createSeededRng, type Rng } from '@portolan/kernel';
import { parseNumbers } from './numbered-commands.ts';
import { temporaryFolder } from './temporary-folder.ts';

const PROCESS = fileURLToPath(new URL('./numbering-process.ts', import.meta.url));
/** Lines that a process says before it is killed. */
const LIFE_MAX = 250;

export interface Lived {
  /** Commands. */
  acknowledged: number;
  snapshots: number;
  /** Logs that ended within a batch. */
  cuts: number;
}

/**
 * Starts a cluster whose members are one process, kills it (`kill -9`) while it starts, recovers or writes, and so on. What was
 * acknowledged in one life must be found in every later one; that nothing is applied twice, the process checks itself.
 */
export async function killLoop(members: number, kills: number, seed: number): Promise<Lived> {
  await using temporary = await temporaryFolder();
  const rng = createSeededRng(seed);
  const lived: Lived = { acknowledged: 0, snapshots: 0, cuts: 0 };
  const acknowledged = new Set<number>();
  for (let life = 0; life <= kills; life += 1) {
    // The last one only says what it finds.
    const lines = await live(temporary.path, members, life === kills ? undefined : linesOfLife(rng));
    for (const line of lines) {
      const [word, rest] = splitOnce(line);
      if (word === 'found') {
        const found = new Set(parseNumbers(rest));
        expect([...acknowledged].filter((number) => !found.has(number))).toEqual([]);
      } else if (word === 'acknowledged') acknowledged.add(Number(rest));
      else if (word === 'snapshot-saved') lived.snapshots += 1;
      else if (word === 'log-cut') lived.cuts += 1;
    }
  }
  lived.acknowledged = acknowledged.size;
  return lived;
}

/** Most while it writes, some before it has said what it found. */
function linesOfLife(rng: Rng): number {
  return rng.below(6) === 0 ? 1 : 2 + rng.below(LIFE_MAX);
}

/** @param lines after which it is killed; undefined: once it has said what it found */
async function live(folder: string, members: number, lines: number | undefined): Promise<readonly string[]> {
  const child = spawn(process.execPath, [PROCESS, folder, String(members)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const errors = text(child.stderr);
  const said: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    if (lines === undefined ? line.startsWith('found') : said.length >= lines) child.kill('SIGKILL');
  }
  expect(await errors).toBe('');
  return said;
}

function splitOnce(line: string): readonly [string, string] {
  const at = line.indexOf(' ');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}

async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream)).toString();
}
