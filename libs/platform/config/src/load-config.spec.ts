import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { defineConfig } from './definition.ts';
import { helpText, markdownTable } from './help.ts';
import { loadConfig, type ConfigSources } from './load-config.ts';
import { bindSettings, logSettings, opsSettings, redisSettings, registrySettings, secret } from './settings.ts';

const gateway = defineConfig({
  app: 'gateway',
  summary: 'the L7 gateway',
  schema: z.object({
    ...bindSettings(8080),
    ...opsSettings(9901),
    ...logSettings,
    ...registrySettings,
    ...redisSettings,
    compress: z.boolean().default(false).describe('Compress answers.'),
    sessionSecret: secret('Signs sessions.').default('development'),
    routes: z
      .array(z.object({ host: z.string() }))
      .default([])
      .describe('Routes.'),
  }),
  examples: ['gateway --port 80'],
});

const load = (argv: readonly string[], env: Record<string, string> = {}, file = '') => {
  const sources: ConfigSources = {
    argv,
    env,
    readFile: (path) => {
      if (path === 'absent.yaml') throw new Error('ENOENT: no such file');
      return file;
    },
  };
  const loaded = loadConfig(gateway, sources);
  if (loaded.kind !== 'config') throw new Error(`expected a config, got ${loaded.kind}`);
  return loaded;
};

const problemsOf = (...given: Parameters<typeof load>): readonly string[] => {
  try {
    load(...given);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((p) => `${p.source} ${p.key}: ${p.message} → ${p.fix}`);
    throw error;
  }
  return [];
};

describe('loadConfig', () => {
  it('reads a setting under the name that it has everywhere, and never shows an address with a password', () => {
    const loaded = load([], { REDIS_URL: 'redis://:hush@cache:6379' });
    expect(loaded.config.redisUrl).toBe('redis://:hush@cache:6379');
    expect(JSON.stringify(loaded.describe())).not.toContain('hush');
    expect(problemsOf([], { REDIS_URL: 'http://:hush@cache' }).join()).toMatch(/REDIS_URL: not of the form redis:/);
  });

  it('has defaults for everything', () => {
    expect(load([]).config).toMatchObject({
      bind: '127.0.0.1',
      port: 8080,
      opsPort: 9901,
      registry: ['127.0.0.1:8502'],
    });
  });

  it('prefers flags to variables, own variables to shared ones, variables to the file, the file to defaults', () => {
    const file = 'port: 1\nopsPort: 1\nlogLevel: error\nbind: 127.0.0.9\n';
    const env = {
      PORTOLAN_GATEWAY_PORT: '2',
      PORTOLAN_GATEWAY_OPS_PORT: '2',
      PORTOLAN_BIND: '127.0.0.8',
      PORTOLAN_GATEWAY_BIND: '127.0.0.7',
    };
    expect(load(['--config', 'g.yaml', '--port', '3'], env, file).config).toMatchObject({
      port: 3,
      opsPort: 2,
      bind: '127.0.0.7',
      logLevel: 'error',
    });
  });

  it.each([
    [['--port=9'], { port: 9 }],
    [['--compress'], { compress: true }],
    [['--compress', 'false'], { compress: false }],
    [['--no-compress'], { compress: false }],
    [['--registry', 'a:1, b:2'], { registry: ['a:1', 'b:2'] }],
    [['--routes', '[{"host":"x"}]'], { routes: [{ host: 'x' }] }],
  ])('reads %j', (argv, expected) => {
    expect(load(argv).config).toMatchObject(expected);
  });

  it.each([
    ['a misspelt flag', [['--ops-prot', '1']], 'flag --ops-prot: there is no such flag → did you mean --ops-port?'],
    [
      'a misspelt own variable',
      [[], { PORTOLAN_GATEWAY_PROT: '1' }],
      'variable PORTOLAN_GATEWAY_PROT: there is no such variable → did you mean PORTOLAN_GATEWAY_PORT?',
    ],
    [
      'a misspelt shared variable',
      [[], { PORTOLAN_REGSTRY: 'a:1' }],
      'variable PORTOLAN_REGSTRY: there is no such variable → did you mean PORTOLAN_REGISTRY?',
    ],
    [
      'a misspelt key',
      [['--config', 'g.yaml'], {}, 'prot: 1'],
      'file g.yaml prot: there is no such key → did you mean port?',
    ],
    ['a missing value', [['--port']], 'flag --port: its value is missing → write --port <value>'],
  ] as const)('refuses %s and names the nearest', (_what, given, expected) => {
    const [argv, env, file] = given as unknown as Parameters<typeof load>;
    expect(problemsOf(argv, env, file)).toEqual([expected]);
  });

  it.each([
    [['--port', 'x'], 'flag --port: "x"', 'from 0 to 65535'],
    [['--port', '70000'], 'flag --port: 70000', 'from 0 to 65535'],
    [['--log-level', 'loud'], 'flag --log-level: "loud"', 'allowed: trace, debug, info, warn, error, fatal'],
    [['--routes', '[{"hots":"x"}]'], 'flag --routes at 0.host', 'Routes.'],
    [['--config', 'absent.yaml'], 'ENOENT', 'name a file'],
  ])('refuses the value in %j with source, key and allowed values', (argv, what, fix) => {
    const [problem] = problemsOf(argv);
    expect(problem).toContain(what);
    expect(problem).toContain(fix);
  });

  it('reports everything at once', () => {
    expect(problemsOf(['--prot', '1', '--ops-port', 'x'], { PORTOLAN_GATEWAY_BNID: 'y' })).toHaveLength(3);
  });

  it('leaves the variables of other apps alone', () => {
    expect(problemsOf([], { PORTOLAN_BFF_WEB_PORT: '1', PORTOLAN_REQUIRE_PEERS: '1', PATH: '/bin' })).toEqual([]);
  });

  it('never prints a secret', () => {
    const loaded = load(['--session-secret', 'tell-nobody']);
    expect(JSON.stringify(loaded.describe())).not.toContain('tell-nobody');
    expect(loaded.describe()).toContainEqual({ key: 'sessionSecret', value: '(secret)', source: 'flag' });
    expect(problemsOf(['--session-secret', '']).join()).not.toContain('""');
    expect(helpText(gateway)).not.toContain('development');
  });
});

describe('--help and the table', () => {
  it('show each setting with flag, variable, default and meaning', () => {
    const help = loadConfig(gateway, { argv: ['--help'], env: {}, readFile: String });
    const text = help.kind === 'help' ? help.text : '';
    expect(text).toContain('--ops-port <integer>');
    expect(text).toContain('PORTOLAN_GATEWAY_OPS_PORT');
    expect(text).toContain('default 9901');
    expect(text).toContain('<trace|debug|info|warn|error|fatal>');
    expect(text).toContain('gateway --port 80');
    expect(markdownTable(gateway)).toContain('| `--registry` | `PORTOLAN_REGISTRY` | 127.0.0.1:8502 |');
    const table = loadConfig(gateway, { argv: ['--help-markdown'], env: {}, readFile: String });
    expect(table).toEqual({ kind: 'help', text: markdownTable(gateway) });
  });

  it('need a description of every setting', () => {
    const silent = { app: 'x', summary: 'y', schema: z.object({ port: z.int() }) };
    expect(() => defineConfig(silent)).toThrow('setting port has no description');
  });
});
