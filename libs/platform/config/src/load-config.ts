import { parse as parseYaml, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { settingsOf, variablePrefix, type ConfigDefinition, type Setting } from './definition.ts';
import { helpText, markdownTable } from './help.ts';
import { nearest } from './nearest.ts';
import { readText } from './read-text.ts';

export interface ConfigSources {
  /** Arguments after the script's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @throws Error when the file can't be read */
  readonly readFile: (path: string) => string;
}

/** One effective setting, for logs and `/config` pages: secrets are covered. */
export interface EffectiveSetting {
  readonly key: string;
  readonly value: unknown;
  readonly source: string;
}

export type Loaded<Shape extends z.ZodRawShape> =
  | { readonly kind: 'config'; readonly config: z.output<z.ZodObject<Shape>>; describe(): readonly EffectiveSetting[] }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' };

interface Given {
  readonly value: unknown;
  /** "flag", "variable", "file gateway.yaml" */
  readonly source: string;
  /** As the user wrote it. */
  readonly name: string;
}

/**
 * Reads an app's settings: flags > environment > file (`--config`, YAML or JSON) > default.
 * @throws ConfigError that lists every wrong or unknown setting with its source and the nearest valid name
 */
export function loadConfig<Shape extends z.ZodRawShape>(
  definition: ConfigDefinition<Shape>,
  sources: ConfigSources,
): Loaded<Shape> {
  if (sources.argv.includes('--help') || sources.argv.includes('-h'))
    return { kind: 'help', text: helpText(definition) };
  if (sources.argv.includes('--help-markdown')) return { kind: 'help', text: markdownTable(definition) };
  if (sources.argv.includes('--version')) return { kind: 'version' };

  const settings = settingsOf(definition);
  const problems: ConfigProblem[] = [];
  const { flags, file } = readFlags(settings, sources.argv, problems);
  const variables = readVariables(definition.app, settings, sources.env, problems);
  const inFile = file === undefined ? new Map<string, Given>() : readConfigFile(settings, file, sources, problems);

  const given = new Map<string, Given>([...inFile, ...variables, ...flags]);
  const values = Object.fromEntries([...given].map(([key, { value }]) => [key, value]));
  const result = definition.schema.safeParse(values);
  for (const issue of result.error?.issues ?? []) problems.push(describeIssue(issue, settings, given));
  if (!result.success || problems.length > 0) throw new ConfigError(definition.app, problems);

  const config = result.data;
  return {
    kind: 'config',
    config,
    describe: () =>
      settings.map(({ key, secret }) => ({
        key,
        value: secret ? '(secret)' : Reflect.get(config, key),
        source: given.get(key)?.source ?? 'default',
      })),
  };
}

function readFlags(
  settings: readonly Setting[],
  argv: readonly string[],
  problems: ConfigProblem[],
): { flags: Map<string, Given>; file: string | undefined } {
  const byFlag = new Map(settings.map((setting) => [setting.flag, setting]));
  const known = [...byFlag.keys(), '--config', '--help', '--help-markdown', '--version'];
  const flags = new Map<string, Given>();
  let file: string | undefined;
  for (let index = 0; index < argv.length; index += 1) {
    const [name, inline] = splitOnce(argv[index] ?? '', '=');
    const negated = name.startsWith('--no-') ? byFlag.get(`--${name.slice(5)}`) : undefined;
    if (negated?.type === 'boolean') {
      flags.set(negated.key, { value: false, source: 'flag', name });
      continue;
    }
    const setting = byFlag.get(name);
    if (setting === undefined && name !== '--config') {
      problems.push({ source: 'flag', key: name, message: 'there is no such flag', fix: suggestion(name, known) });
      // Its value, if it has one, is no setting of its own.
      if (inline === undefined && argv[index + 1]?.startsWith('-') === false) index += 1;
      continue;
    }
    const next = argv[index + 1];
    if (setting?.type === 'boolean' && inline === undefined && !/^(true|false|yes|no|0|1)$/i.test(next ?? '')) {
      flags.set(setting.key, { value: true, source: 'flag', name });
      continue;
    }
    const text = inline ?? next;
    if (inline === undefined) index += 1;
    if (text === undefined) {
      problems.push({ source: 'flag', key: name, message: 'its value is missing', fix: `write ${name} <value>` });
    } else if (setting === undefined) file = text;
    else flags.set(setting.key, { value: readText(setting, text), source: 'flag', name });
  }
  return { flags, file };
}

function readVariables(
  app: string,
  settings: readonly Setting[],
  env: Readonly<Record<string, string | undefined>>,
  problems: ConfigProblem[],
): Map<string, Given> {
  const variables = new Map<string, Given>();
  for (const setting of settings) {
    for (const name of [setting.sharedVariable, setting.variable]) {
      const text = name === undefined ? undefined : env[name];
      if (name === undefined || text === undefined) continue;
      variables.set(setting.key, { value: readText(setting, text), source: 'variable', name });
    }
  }
  const prefix = variablePrefix(app);
  const own = settings.map(({ variable }) => variable);
  const shared = settings.flatMap(({ sharedVariable }) => sharedVariable ?? []);
  for (const name of Object.keys(env)) {
    if (own.includes(name) || shared.includes(name)) continue;
    const misspelt = name.startsWith(prefix) ? suggestion(name, own) : nearMiss(name, shared);
    if (misspelt === undefined) continue;
    problems.push({ source: 'variable', key: name, message: 'there is no such variable', fix: misspelt });
  }
  return variables;
}

/** A variable of no app in particular that is one slip away from one that every app reads. */
function nearMiss(name: string, shared: readonly string[]): string | undefined {
  const meant = name.startsWith('PORTOLAN_') ? nearest(name, shared) : undefined;
  return meant !== undefined && Math.abs(meant.length - name.length) <= 1 ? `did you mean ${meant}?` : undefined;
}

function readConfigFile(
  settings: readonly Setting[],
  file: string,
  sources: ConfigSources,
  problems: ConfigProblem[],
): Map<string, Given> {
  const source = `file ${file}`;
  const problem = (key: string, message: string, fix: string): void => {
    problems.push({ source, key, message, fix });
  };
  let content: unknown;
  try {
    content = parseYaml(sources.readFile(file)) ?? {};
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const fix = error instanceof YAMLParseError ? 'write YAML or JSON' : 'name a file that this user can read';
    problem('', message, fix);
    return new Map();
  }
  const object = z.record(z.string(), z.unknown()).safeParse(content);
  if (!object.success) {
    problem('', 'it holds no object of settings', 'write one `key: value` a line');
    return new Map();
  }
  const keys = settings.map(({ key }) => key);
  const given = new Map<string, Given>();
  for (const [key, value] of Object.entries(object.data)) {
    if (keys.includes(key)) given.set(key, { value, source, name: key });
    else problem(key, 'there is no such key', suggestion(key, keys));
  }
  return given;
}

function describeIssue(
  issue: z.core.$ZodIssue,
  settings: readonly Setting[],
  given: ReadonlyMap<string, Given>,
): ConfigProblem {
  const setting = settings.find(({ key }) => key === issue.path[0]);
  const source = given.get(setting?.key ?? '');
  const inside = issue.path.slice(1).map(String).join('.');
  const said = setting?.secret === false && source !== undefined ? `${JSON.stringify(source.value)}: ` : '';
  return {
    source: source?.source ?? 'setting',
    key: [source?.name ?? setting?.flag ?? '', inside].filter((part) => part !== '').join(' at '),
    message: source === undefined ? 'it is required' : `${said}${issue.message}`,
    fix: setting === undefined ? 'see --help' : `${allowedText(setting)}; ${setting.description}`,
  };
}

function allowedText(setting: Setting): string {
  if (setting.allowed.length > 0) return `allowed: ${setting.allowed.join(', ')}`;
  const bounds = [setting.minimum, setting.maximum].map((bound) => String(bound ?? '')).join(' to ');
  return `give a ${setting.type}${bounds === ' to ' ? '' : ` from ${bounds}`}`;
}

const suggestion = (name: string, known: readonly string[]): string => {
  const meant = nearest(name, known);
  return meant === undefined ? `known: ${known.join(', ')}` : `did you mean ${meant}?`;
};

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
