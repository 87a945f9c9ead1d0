import { join } from 'node:path';
import { jest } from '@jest/globals';
import { expectEventually } from './eventually.ts';
import { request } from './request.ts';
import { hostPort, startApp, type RunningApp } from './running-app.ts';
import { startSystem, type RunningSystem } from './running-system.ts';

jest.setTimeout(180_000);

const page = (url: string): Promise<number> => request(`${url}/web/products/1`).then((answer) => answer.status);

describe('a registry that goes away', () => {
  let system: RunningSystem;
  let successor: RunningApp | undefined;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(async () => {
    await successor?.[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
  });

  it('is missed by nobody: gateway and BFF keep serving', async () => {
    // What they know is on disk before the registry is gone.
    await expectEventually('the copies on disk', async () => (await page(system.url)) === 200);
    system.registry.kill('SIGKILL');
    await system.registry.exited;
    const worker = async (): Promise<void> => {
      for (let call = 0; call < 10; call += 1) expect(await page(system.url)).toBe(200);
    };
    await Promise.all(Array.from({ length: 5 }, worker));
  });

  it('does not keep a gateway and a BFF from starting again, and they say how old their knowledge is', async () => {
    system.gateway.kill('SIGTERM');
    system.bff.kill('SIGTERM');
    expect(await system.gateway.exited).toEqual({ code: 0, signal: null });
    expect(await system.bff.exited).toEqual({ code: 0, signal: null });
    const bff = await system.start('bff-web', ['--port', hostPort(system.bff, 'http').split(':')[1] ?? '']);
    const gateway = await system.start('gateway');
    const url = `http://${hostPort(gateway, 'http')}`;
    await expectEventually('a page from a gateway that never met the registry', async () => (await page(url)) === 200);
    for (const app of [gateway, bff]) {
      const ready = await request(`${app.urls.ops ?? ''}/readyz`);
      expect(ready.status).toBe(200);
      expect(ready.body).toMatch(/disk/);
      expect(ready.body).toMatch(/"ageMs": \d+/);
    }
  });

  it('gets every instance back by itself when it returns', async () => {
    const port = hostPort(system.registry, 'grpc').split(':')[1] ?? '';
    const flags = ['--port', port, '--ops-port', '0', '--log-format', 'json'];
    successor = await startApp('registry', [...flags, '--data-dir', join(system.folder, 'registry-2')]);
    const gateway = await system.start('gateway', ['--data-dir', join(system.folder, 'fresh-gateway')]);
    const url = `http://${hostPort(gateway, 'http')}`;
    await expectEventually('a whole page from what registered again', async () => {
      const answer = await request(`${url}/web/products/1`);
      return answer.status === 200 && answer.json().missing === undefined;
    });
  });
});
