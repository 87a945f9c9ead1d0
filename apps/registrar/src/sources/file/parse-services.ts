import { checkRegistration, InvalidRegistrationError } from '@portolan/catalog';
import { readCheckDefinition, InvalidCheckError } from '@portolan/local-host';
import parseDuration from 'parse-duration';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { ServicesFileError } from '../../errors.ts';
import type { SourceEntry } from '../../source.ts';

/** Beyond it a list is no longer one that people keep by hand, and one host would hold it all. */
export const SERVICES_MAX = 1_000;

const duration = z.union([z.number(), z.string()]).transform((raw, context): number => {
  const ms = typeof raw === 'number' ? raw : /^[\d.]/.test(raw) ? parseDuration(raw) : undefined;
  if (typeof ms === 'number' && Number.isFinite(ms) && ms >= 0) return Math.round(ms);
  context.addIssue({ code: 'custom', message: `${JSON.stringify(raw)} is no duration such as 10s or 1m30s` });
  return z.NEVER;
});

const checks = z.array(
  z
    .object({
      kind: z.enum(['http', 'tcp', 'grpc', 'script', 'alias']),
      interval: duration.optional(),
      timeout: duration.optional(),
      deregisterAfter: duration.optional(),
    })
    .loose(),
);

const service = z.strictObject({
  service: z.string(),
  id: z.string(),
  address: z.string(),
  ports: z.record(z.string(), z.int()),
  tags: z.array(z.string()).default([]),
  metadata: z.record(z.string(), z.string()).default({}),
  weight: z.int().optional(),
  checks: checks.default([]),
});

const file = z.strictObject({ services: z.array(service).max(SERVICES_MAX).default([]) });

/**
 * Reads a whole file of services, YAML or JSON. It is good as a whole or not at all.
 * @param name for messages
 * @throws ServicesFileError that names every problem with its line
 */
export function parseServices(text: string, name: string): readonly SourceEntry[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const { line } = lines.linePos(broken.pos[0]);
    throw fileError(name, [`line ${line}: ${broken.message}`]);
  }
  const read = file.safeParse(document.toJS() ?? {});
  if (!read.success) {
    throw fileError(
      name,
      read.error.issues.map((issue) => {
        const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
        return `line ${lineOf(document, lines, path)}: ${path.join('.')}: ${issue.message}`;
      }),
    );
  }
  const problems: string[] = [];
  const seen = new Set<string>();
  const entries = read.data.services.flatMap((raw, index): readonly SourceEntry[] => {
    const line = lineOf(document, lines, ['services', index]);
    try {
      const entry = entryOf(raw);
      if (seen.has(raw.id)) problems.push(`line ${line}: the id ${raw.id} is there twice`);
      seen.add(raw.id);
      return [entry];
    } catch (error) {
      if (!(error instanceof InvalidRegistrationError) && !(error instanceof InvalidCheckError)) throw error;
      problems.push(`line ${line}: ${error.message}`);
      return [];
    }
  });
  if (problems.length > 0) throw fileError(name, problems);
  return entries;
}

function entryOf({ ports, checks: rawChecks, weight, ...rest }: z.output<typeof service>): SourceEntry {
  return {
    registration: checkRegistration({
      ...rest,
      ports: Object.entries(ports).map(([name, number]) => ({ name, number })),
      ...(weight === undefined ? {} : { weight }),
    }),
    checks: rawChecks.map(({ interval, timeout, deregisterAfter, ...check }) =>
      // The rest is checked where checks are: its schema names what does not fit.
      readCheckDefinition({
        ...check,
        ...(interval === undefined ? {} : { intervalMs: interval }),
        ...(timeout === undefined ? {} : { timeoutMs: timeout }),
        ...(deregisterAfter === undefined ? {} : { deregisterAfterMs: deregisterAfter }),
      }),
    ),
  };
}

/** Of the innermost part of the path that is there. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function fileError(name: string, problems: readonly string[]): ServicesFileError {
  return new ServicesFileError(`${name} is no file of services: ${problems.join('; ')}`, {
    fix: 'correct these lines; until then what it said before stands',
    context: { file: name, problems: problems.length },
  });
}
