import { join } from 'node:path';
import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { createSupervisor, type SupervisedCommand, type Supervisor } from './supervisor.ts';

interface Said {
  readonly message: string;
  readonly fields: object;
}

const cwd = import.meta.dirname;
const command = (name: string, stage: number, scenario = 'serve'): SupervisedCommand => ({
  name,
  stage,
  cwd,
  args: [join(cwd, 'testdata/fixture.ts'), scenario],
});

let clock: VirtualClock;
let said: Said[];
let printed: string[];
let supervisor: Supervisor;
let waiting: (() => void)[];
const never = new AbortController().signal;

beforeEach(() => {
  clock = new VirtualClock();
  said = [];
  printed = [];
  waiting = [];
  const heard = (): void => {
    for (const wake of waiting.splice(0)) wake();
  };
  const say = (fields: object, message: string): void => {
    said.push({ fields, message });
    heard();
  };
  supervisor = createSupervisor({
    clock,
    rng: createSeededRng(7),
    logger: { info: say, warn: say, error: say },
    onLine: (name, line) => {
      printed.push(`${name}: ${line}`);
      heard();
    },
    stageDrainMs: 1_000,
  });
});
afterEach(() => supervisor[Symbol.asyncDispose]());

/** Resolves once `condition` holds, looking whenever something was said or printed. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => waiting.push(resolve));
}
const saidOf = (part: string): readonly Said[] => said.filter(({ message }) => message.includes(part));

it('starts the lowest stage first, and ends the highest first', async () => {
  await supervisor.start([command('gateway', 2), command('reviews', 1), command('registry', 0)], never);
  expect(saidOf('is ready')[0]?.message).toContain('registry');
  expect(supervisor.pids()).toHaveLength(3);
  await supervisor[Symbol.asyncDispose]();
  const ends = printed.filter((line) => line.includes('told to end')).map((line) => line.split(':')[0]);
  expect(ends).toEqual(['gateway', 'reviews', 'registry']);
});

it('fails with the reason when a process ends before it is ready', async () => {
  const start = supervisor.start([command('registry', 0), command('reviews', 1, 'fail')], never);
  await expect(start).rejects.toMatchObject({
    code: 'STACK_START_FAILED',
    message: 'reviews ended before it was ready (exit code 3); its last lines:\nno such harbour',
    fix: expect.stringContaining('fixture.ts fail') as unknown,
  });
});

it('starts a process again that crashed, and says so', async () => {
  await supervisor.start([command('registry', 0), command('reviews', 1)], never);
  const [registry, before] = supervisor.pids();
  process.kill(before ?? 0, 'SIGKILL');
  await until(() => saidOf('starts again').length === 1);
  expect(saidOf('starts again')[0]?.message).toBe('reviews ended (SIGKILL) and starts again');
  await clock.advance(15_000);
  await until(() => saidOf('reviews is ready').length === 2);
  const [sameRegistry, after] = supervisor.pids();
  expect([sameRegistry, after === before]).toEqual([registry, false]);
});

it('kills what does not drain', async () => {
  await supervisor.start([command('registry', 0), command('reviews', 1, 'stubborn')], never);
  const ended = supervisor[Symbol.asyncDispose]();
  await until(() => printed.some((line) => line.includes('told to end')));
  await clock.advance(1_000);
  await ended;
  expect(saidOf('did not drain')).toHaveLength(1);
  expect(saidOf('starts again')).toEqual([]);
});

it('leaves a start when it is told to end', async () => {
  const abort = new AbortController();
  const start = supervisor.start([command('registry', 0), command('reviews', 1)], abort.signal);
  const reason = new Error('asked to end');
  abort.abort(reason);
  await expect(start).rejects.toBe(reason);
});
