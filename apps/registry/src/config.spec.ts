import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { helpText, loadConfig } from '@portolan/config';
import { DEFAULT_AUTO_COMPACTION, QUOTA_BYTES } from '@portolan/kv';
import { registryConfig } from './config.ts';

const load = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  loadConfig(registryConfig, { argv, env, readFile: () => '' });

describe('the settings', () => {
  it('need nothing to be said', () => {
    const loaded = load([]);
    if (loaded.kind !== 'config') throw new Error('no settings ask for help');
    expect(loaded.config).toMatchObject({
      bind: '127.0.0.1',
      port: 8_502,
      opsPort: 9_902,
      quotaBytes: QUOTA_BYTES,
      historyChanges: DEFAULT_AUTO_COMPACTION.keepChanges,
      historyBytes: DEFAULT_AUTO_COMPACTION.keepBytes,
    });
  });

  it('name the nearest one for a misspelt flag or variable', () => {
    expect(() => load(['--histroy-changes', '5'])).toThrow(/--history-changes/);
    expect(() => load([], { PORTOLAN_REGISTRY_QUOTA_BYTE: '5000000' })).toThrow(/PORTOLAN_REGISTRY_QUOTA_BYTES/);
  });

  it('do not mind the variable that tells other apps where the registry is', () => {
    expect(load([], { PORTOLAN_REGISTRY: '127.0.0.1:8502' }).kind).toBe('config');
  });

  it('are in the README where they matter', async () => {
    const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
    const help = helpText(registryConfig);
    const flags = [...readme.matchAll(/`(--[a-z-]+)/g)].map(([, flag]) => flag).filter((flag) => flag !== '--help');
    expect(flags.length).toBeGreaterThan(3);
    for (const flag of flags) expect(help).toContain(`  ${flag ?? ''} <`);
  });
});
