import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { CoreName } from '../cores.ts';
import type { Total } from '../run-seeds.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS, type MutantName } from './mutants.ts';
import { Workshop } from './workshop.ts';

/** What became of a mutant. */
export interface Hunted {
  readonly name: MutantName;
  /** Which core's seeds found it, or played last. */
  readonly core: CoreName;
  /** Seeds of it that were played until it was found, or in vain. */
  readonly seeds: number;
  /** The property that it broke; undefined when it was not found. */
  readonly property: string | undefined;
}

export interface HuntOptions {
  /** The first. */
  readonly seed: number;
  /** Of each core. */
  readonly seeds: number;
  readonly jobs: number;
}

/** So many worlds are played before schedules are: of what most worlds show, they tell what a client would see. */
const WORLDS_FIRST = 150;
const SCHEDULED = 'libs/protocol/raft/';
const STORE = 'libs/registry/kv/';

/** Makes the mutant in a copy of the sources, and plays seeds with it until one breaks. */
export async function hunt(name: MutantName, { seed, seeds, jobs }: HuntOptions): Promise<Hunted> {
  await using workshop = await Workshop.open();
  await workshop.apply(name, MUTANTS[name]);
  const plans = plan(MUTANTS[name], seeds);
  let last: Hunted = { name, core: plans[0][0], seeds: 0, property: undefined };
  for (const [core, most] of plans) {
    const args = ['--core', core, '--seed', seed, '--seeds', most, '--jobs', jobs, '--json'].map(String);
    const { failure, seeds: played } = await play(workshop, args);
    last = { name, core, seeds: played, property: failure?.property };
    if (failure !== undefined) break;
  }
  return last;
}

type Plan = readonly [core: CoreName, seeds: number];

/** A bug of the core is looked for by both; all of the worlds come last, for they take longest. */
function plan({ edits }: Mutant, seeds: number): readonly [Plan, ...Plan[]] {
  if (edits.some(({ file }) => file.startsWith(STORE))) return [['kv', seeds]];
  const isCores = edits.every(({ file }) => file.startsWith(SCHEDULED));
  if (!isCores) return [['raft', seeds]];
  return [
    ['raft', Math.min(WORLDS_FIRST, seeds)],
    ['raft-schedules', seeds],
    ['raft', seeds],
  ];
}

async function play(workshop: Workshop, args: readonly string[]): Promise<Total> {
  const program = join(workshop.folder, 'apps/simulation/src/simulate.ts');
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (output === '') throw new Error(`the copy in ${workshop.folder} does not run: ${errors}`);
  return JSON.parse(output) as Total;
}
