import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { ConfigError } from './config-error.ts';
import type { ConfigDefinition } from './definition.ts';
import { loadConfig } from './load-config.ts';

/** The part of `node:process` that settings need. */
export type ConfigProcess = Pick<NodeJS.Process, 'argv' | 'env' | 'stdout' | 'stderr' | 'exit'>;

/**
 * For `main.ts`: the app's settings, or the end of the process: 0 after `--help`, 2 after wrong settings, which are
 * explained on stderr.
 */
export function loadConfigOrExit<Shape extends z.ZodRawShape>(
  definition: ConfigDefinition<Shape>,
  process: ConfigProcess,
): z.output<z.ZodObject<Shape>> {
  try {
    const loaded = loadConfig(definition, {
      argv: process.argv.slice(2),
      env: process.env,
      readFile: (path) => readFileSync(path, 'utf8'),
    });
    switch (loaded.kind) {
      case 'config':
        return loaded.config;
      case 'help':
        process.stdout.write(loaded.text);
        return process.exit(0);
      case 'version':
        process.stdout.write(`${definition.app} ${VERSION}\n`);
        return process.exit(0);
      default:
        return loaded satisfies never;
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n  ${error.fix}\n`);
    return process.exit(2);
  }
}

/** Of all apps: they are released together. */
const VERSION = '0.1.0';
