import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './running-app.ts';

/** A code that errors carry, as the source tells it. */
export interface ErrorCode {
  readonly code: string;
  /** `as given` where the caller chooses. */
  readonly kind: string;
  /** The first sentence of the comment of the class or function that it stands in. */
  readonly meaning: string;
}

/** `readonly code = 'X'` of a class, `code: 'X'` of an object. */
const CODE = /(?:readonly code(?:: string)? = |\bcode: )'([A-Z][A-Z0-9]*_[A-Z0-9_]+)'/g;
const OWNER = /(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?(?:export )?(?:abstract )?(?:class|(?:async )?function) (\w+)/g;
/** Where the kind of an error stands after its code. */
const KIND_CHARACTERS = 200;

/** Every error code of the sources, sorted. Those of tests are nobody's business. */
export function errorCodes(sources: readonly string[]): readonly ErrorCode[] {
  const codes = new Map<string, ErrorCode>();
  for (const file of sources.filter((name) => !/\.(spec|long)\.ts$|\/test(ing|data)\//.test(name))) {
    const text = readFileSync(join(repository, file), 'utf8');
    for (const match of text.matchAll(CODE)) {
      const code = match[1] ?? '';
      const documented = meaningOf(text.slice(0, match.index));
      if (codes.has(code) && documented === undefined) continue;
      const kind = /kind(?:: \w+)?(?: =|:) '([a-z-]+)'/.exec(
        text.slice(match.index, match.index + KIND_CHARACTERS),
      )?.[1];
      codes.set(code, { code, kind: kind ?? 'as given', meaning: documented ?? plain(code) });
    }
  }
  return [...codes.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}

export function errorTable(codes: readonly ErrorCode[]): string {
  const rows = codes.map(({ code, kind, meaning }) => `| \`${code}\` | ${kind} | ${meaning.replaceAll('|', '\\|')} |`);
  return ['| code | kind | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The first sentence about whatever comes last in `before`; undefined when nothing is said. */
function meaningOf(before: string): string | undefined {
  const comment = [...before.matchAll(OWNER)].at(-1)?.[1];
  const text = comment
    ?.replaceAll(/\s*\n\s*\*\s?/g, ' ')
    .replaceAll(/\{@link (\w+)\}/g, '$1')
    .trim();
  if (text === undefined || text.startsWith('@')) return undefined;
  return text.split(/(?<=\.)\s|\s@/)[0];
}

/** `KV_LEASE_EXISTS`: Lease exists. */
function plain(code: string): string {
  const words = code.split('_').slice(1).join(' ').toLowerCase();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
