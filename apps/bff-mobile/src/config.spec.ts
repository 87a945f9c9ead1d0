import { loadConfig } from '@portolan/config';
import { bffMobileConfig } from './config.ts';

const load = (argv: readonly string[]) => {
  const loaded = loadConfig(bffMobileConfig, { argv, env: {}, readFile: () => '' });
  if (loaded.kind !== 'config') throw new Error(loaded.kind);
  return loaded.config;
};

it('has the ports and limits that its README names', () => {
  expect(load([])).toMatchObject({ port: 4_002, opsPort: 9_912, cacheTtlMs: 1_000 });
  expect(load([]).appVersionMin).toBeUndefined();
});

it.each(['2', '2.0', 'v2.0.0', 'newest'])('refuses %s as the oldest version of the app', (version) => {
  expect(() => load(['--app-version-min', version])).toThrow(/not a version such as 2\.0\.0/);
});
