import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { APPS } from './apps.ts';
import { repository, runApp } from './running-app.ts';
import { cellsOf, splitAt } from './generated-part.ts';
import { printedSettings } from './printed-settings.ts';

jest.setTimeout(60_000);

describe.each(APPS)('%s', (app) => {
  it('explains itself', async () => {
    const { code, stdout } = await runApp(app, ['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/--log-level/);
  });

  it('has the table of its settings in its README, as `npm run generate` writes it', async () => {
    const readme = await readFile(join(repository, 'apps', app, 'README.md'), 'utf8');
    expect(cellsOf(splitAt(readme, 'settings').generated)).toEqual(cellsOf(await printedSettings(app)));
  });
});

describe('a misspelt setting', () => {
  it('is refused as a flag, naming the nearest', async () => {
    const { code, stderr } = await runApp('gateway', ['--ops-prot', '0']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--ops-prot/);
    expect(stderr).toMatch(/--ops-port/);
  });

  it('is refused as a variable, naming the nearest', async () => {
    const { code, stderr } = await runApp('gateway', [], { PORTOLAN_GATEWAY_OPS_PROT: '0' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/PORTOLAN_GATEWAY_OPS_PROT/);
    expect(stderr).toMatch(/PORTOLAN_GATEWAY_OPS_PORT/);
  });

  it('is refused as a key of the file, naming the nearest', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'portolan-e2e-')), 'gateway.yaml');
    await writeFile(file, 'opsProt: 0\n');
    const { code, stderr } = await runApp('gateway', ['--config', file]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/opsProt/);
    expect(stderr).toMatch(/opsPort/);
  });
});
