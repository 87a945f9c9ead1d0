import type { z } from 'zod';
import { settingsOf, type ConfigDefinition, type Setting } from './definition.ts';

const WIDTH = 110;

/** What `--help` prints. */
export function helpText<Shape extends z.ZodRawShape>(definition: ConfigDefinition<Shape>): string {
  const settings = settingsOf(definition);
  const blocks = settings.map(
    (setting) =>
      `  ${setting.flag} ${placeholder(setting)}\n${wrap(`${setting.description} ${facts(setting)}`.trim(), 6)}`,
  );
  const examples = definition.examples.map((example) => `  ${example}`);
  return [
    `${definition.app}: ${definition.summary}`,
    '',
    'Settings (flags > environment > file > default):',
    ...blocks,
    '  --config <file>\n      Settings from a YAML or JSON file, by their camelCase keys.',
    '  --help, --help-markdown, --version',
    ...(examples.length > 0 ? ['', 'Examples:', ...examples] : []),
    '',
  ].join('\n');
}

/** The same as a table for a README: what `--help-markdown` prints. */
export function markdownTable<Shape extends z.ZodRawShape>(definition: ConfigDefinition<Shape>): string {
  const rows = settingsOf(definition).map(
    (setting) =>
      `| \`${setting.flag}\` | \`${setting.sharedVariable ?? setting.variable}\` | ${defaultText(setting)} | ${setting.description.replaceAll('|', '\\|')} |`,
  );
  return ['| flag | variable | default | meaning |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

function placeholder(setting: Setting): string {
  if (setting.allowed.length > 0) return `<${setting.allowed.join('|')}>`;
  return setting.type === 'boolean' ? '' : `<${setting.type}>`;
}

function facts(setting: Setting): string {
  const range = [setting.minimum, setting.maximum].some((bound) => bound !== undefined && Math.abs(bound) < 2 ** 53 - 1)
    ? `from ${setting.minimum ?? ''} to ${setting.maximum ?? ''}`
    : '';
  const names =
    setting.sharedVariable === undefined ? setting.variable : `${setting.variable} or ${setting.sharedVariable}`;
  return `(${[range, `default ${defaultText(setting)}`, names].filter((part) => part !== '').join('; ')})`;
}

function defaultText(setting: Setting): string {
  if (setting.default === undefined) return 'none';
  if (setting.secret) return 'a secret';
  if (Array.isArray(setting.default)) return setting.default.length === 0 ? 'none' : setting.default.join(',');
  return typeof setting.default === 'string' ? setting.default : JSON.stringify(setting.default);
}

function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => ' '.repeat(indent) + each).join('\n');
}
