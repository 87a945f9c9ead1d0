import { PortolanError, type ErrorKind } from '@portolan/kernel';

/** One thing that is wrong with a setting. */
export interface ConfigProblem {
  /** Where it was said: "flag", "variable", "file gateway.yaml". */
  readonly source: string;
  /** As the user wrote it: `--ops-prot`. */
  readonly key: string;
  readonly message: string;
  readonly fix: string;
}

/** Wrong or unknown settings: all of them at once. */
export class ConfigError extends PortolanError {
  readonly code = 'CONFIG_INVALID';
  readonly kind: ErrorKind = 'invalid';
  readonly problems: readonly ConfigProblem[];

  constructor(app: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ source, key, message, fix }) => `  ${source} ${key}: ${message}\n    → ${fix}`);
    super(`${app} cannot start with these settings:\n${lines.join('\n')}`, {
      fix: `see ${app} --help`,
      context: { app, problems: problems.length },
    });
    this.problems = problems;
  }
}
