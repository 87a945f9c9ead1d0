import { ConfigError, loadConfig } from '@portolan/config';
import { bffWebConfig } from './config.ts';

const load = (...argv: readonly string[]) => loadConfig(bffWebConfig, { argv, env: {}, readFile: () => '' });

it('starts without any setting', () => {
  expect(load()).toMatchObject({
    config: {
      bind: '127.0.0.1',
      port: 4_001,
      opsPort: 9_911,
      deadlineMs: 2_000,
      developmentLogin: true,
      corsOrigins: [],
    },
  });
});

it.each([
  ['--dead-line-ms=3', 'deadline-ms'],
  ['--deadline-ms=3', '200'],
  ['--cors-origins=shop.example', 'https://shop.example'],
  ['--cors-origins=https://shop.example/', 'ends with /'],
  ['--session-secret=short', '32'],
  ['--strategy=random', 'p2c-ewma'],
])('refuses %s and names %s', (flag, hint) => {
  expect(() => load(flag)).toThrow(ConfigError);
  expect(() => load(flag)).toThrow(hint);
});
