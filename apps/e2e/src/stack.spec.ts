import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { expectEventually } from './eventually.ts';
import { freeOffset } from './free-ports.ts';
import { request } from './request.ts';
import { runApp, startApp, type RunningApp } from './running-app.ts';

jest.setTimeout(180_000);

const REGISTRIES = [8502, 9902, 2380, 2379].flatMap((port) => [port, port + 10_000, port + 20_000]);
const PORTS = [...REGISTRIES, 7502, 7500, 9903, 9904, 8080, 9901, 4001, 9911, 4002, 9912];
const PROCESSES = 16;

describe('npm start', () => {
  let folder: string;
  let offset: number;
  let flags: readonly string[];
  let stack: RunningApp;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portolan-e2e-'));
    offset = await freeOffset(PORTS);
    flags = ['--port-offset', String(offset), '--data-dir', folder, '--log-format', 'json'];
    stack = await startApp('stack', flags, { command: { program: 'npm', args: ['start', '--'] } });
  });
  afterAll(async () => {
    await stack[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** What the stack says of its processes: `demo-reviews-1 is ready after 900 ms`. */
  const saidReady = (name = ''): readonly { readonly message: string; readonly pid: number }[] =>
    stack
      .logged()
      .filter((line) => line.event === 'child-ready' && String(line.msg).startsWith(name))
      .map((line) => ({ message: String(line.msg), pid: Number(line.process) }));

  it('starts everything, and both ways lead to the same whole page', async () => {
    expect(saidReady()).toHaveLength(PROCESSES);
    const gateway = `http://127.0.0.1:${8080 + offset}`;
    const byPath = await request(`${gateway}/web/products/1`);
    const byHost = await request(`${gateway}/products/1`, { headers: { host: 'web.localhost' } });
    expect(byPath.status).toBe(200);
    expect(byPath.json()).toMatchObject({ id: '1', price: { currency: 'EUR' }, stock: {} });
    expect(byPath.json().missing).toBeUndefined();
    expect(byHost.json()).toEqual(byPath.json());
  });

  it('names a port in use, who wants it, and what to do', async () => {
    const { code, stdout } = await runApp('stack', flags);
    expect(code).toBe(1);
    expect(stdout).toContain(`port ${8080 + offset} for gateway is in use`);
    expect(stdout).toContain('--port-offset');
  });

  it('names a folder that it cannot write to, and what to do', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const { code, stdout } = await runApp('stack', [...flags, '--data-dir', join(file, 'data')]);
    expect(code).toBe(1);
    expect(stdout).toContain(join(file, 'data'));
    expect(stdout).toContain('--data-dir <folder>');
  });

  it('starts a service again that was killed', async () => {
    const [before] = saidReady('demo-reviews-1');
    process.kill(before?.pid ?? 0, 'SIGKILL');
    await expectEventually('its successor', () => saidReady('demo-reviews-1').length === 2);
    expect(stack.output()).toContain('demo-reviews-1 ended (SIGKILL) and starts again');
  });

  it('leaves no process after Ctrl-C', async () => {
    stack.kill('SIGINT');
    // npm itself ends by the signal, once what it ran has ended.
    await stack.exited;
    const last = stack.logged().at(-1);
    expect(last).toMatchObject({ app: 'stack', event: 'ended' });
    expect(stack.logged().filter(({ level }) => level === 'fatal')).toEqual([]);
    const alive = saidReady().filter(({ pid }) => isAlive(pid));
    expect(alive).toEqual([]);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
