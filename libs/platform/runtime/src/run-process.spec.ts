import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { assert } from '@portolan/kernel';

interface Line {
  readonly level: string;
  readonly message: string;
  readonly event?: string;
  readonly waitingFor?: string;
  readonly error?: string;
}

interface Run {
  readonly code: number | null;
  readonly lines: readonly Line[];
  readonly closed: readonly string[];
}

/** Runs the fixture, sends each signal when the named event was logged, and returns what it said and how it ended. */
async function run(scenario: string, signals: Readonly<Record<string, NodeJS.Signals | 'disconnect'>>): Promise<Run> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'testdata/fixture.ts'), scenario], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  assert(child.stdout !== null, 'stdout is a pipe');
  const lines: Line[] = [];
  const output = createInterface({ input: child.stdout });
  output.on('line', (text) => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    const signal = signals[line.event ?? ''];
    if (signal === 'disconnect') child.disconnect();
    else if (signal !== undefined) child.kill(signal);
  });
  await Promise.all([once(child, 'exit'), once(output, 'close')]);
  return {
    code: child.exitCode,
    lines,
    closed: lines.filter(({ event }) => event === 'closed').map(({ message }) => message),
  };
}

describe('runProcess', () => {
  it.each(['SIGTERM', 'SIGINT', 'disconnect'] as const)('drains in reverse at %s and ends with 0', async (signal) => {
    const { code, closed, lines } = await run('', { ready: signal });
    expect(closed).toEqual(['second opened', 'first opened']);
    expect([code, lines.at(-1)?.event]).toEqual([0, 'ended']);
  });

  it('says what it waits for when the drain deadline has passed, and ends with 1', async () => {
    const { code, lines } = await run('hang', { ready: 'SIGTERM' });
    expect(lines.at(-1)).toMatchObject({ event: 'drain-deadline', waitingFor: 'second opened' });
    expect(code).toBe(1);
  });

  it('ends at once at a second signal', async () => {
    const { code } = await run('hang', { ready: 'SIGTERM', closed: 'SIGINT' });
    expect(code).toBe(130);
  });

  it('takes a signal that a parent passes on for the one it has', async () => {
    const { code, lines } = await run('echo', { ready: 'SIGINT', closed: 'SIGINT' });
    expect([code, lines.at(-1)?.event]).toEqual([0, 'ended']);
  });

  it.each([
    ['failed-start', 'no such harbour'],
    ['rejection', 'nobody cares'],
  ])('logs and ends with 1: %s', async (scenario, message) => {
    const { code, lines } = await run(scenario, {});
    expect(lines.find(({ level }) => level === 'fatal')?.error).toContain(message);
    expect(code).toBe(1);
  });
});
