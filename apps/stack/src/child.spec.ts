import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startChild } from './child.ts';

const cwd = import.meta.dirname;
const fixture = join(cwd, 'testdata/fixture.ts');

it('is ready when it says so, and drains when it is told to', async () => {
  const lines: string[] = [];
  const child = startChild({ name: 'a', args: [fixture], cwd }, (line) => lines.push(line));
  await expect(child.ready).resolves.toEqual({ http: 'http://127.0.0.1:1' });
  child.kill('SIGTERM');
  await expect(child.ended).resolves.toMatchObject({ how: 'exit code 0' });
  expect(lines.join()).toContain('told to end');
});

it('tells how it ended, and what it said last', async () => {
  const child = startChild({ name: 'a', args: [fixture, 'fail'], cwd }, () => undefined);
  await expect(child.ready).resolves.toBeUndefined();
  await expect(child.ended).resolves.toEqual({ how: 'exit code 3', lastLines: ['no such harbour'] });
});

it('tells that it could not be started at all', async () => {
  const child = startChild({ name: 'a', args: [fixture], cwd: join(cwd, 'nowhere') }, () => undefined);
  await expect(child.ready).resolves.toBeUndefined();
  expect((await child.ended).how).toContain('ENOENT');
});

it('does not outlive a supervisor that is killed', async () => {
  const supervisor = spawn(process.execPath, [join(cwd, 'testdata/orphaning.ts'), fixture], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await Promise.all([text(supervisor.stdout), once(supervisor, 'exit')]);
  const pid = Number(said);
  expect(pid).toBeGreaterThan(0);
  await gone(pid);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

/** Resolves when there is no such process; the test's time limit is the guard. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
