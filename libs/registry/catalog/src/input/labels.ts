import {
  METADATA_ENTRIES_MAX,
  METADATA_KEY_CHARACTERS_MAX,
  METADATA_VALUE_BYTES_MAX,
  TAG_CHARACTERS_MAX,
  TAGS_MAX,
} from '../limits.ts';
import { shown, type Problems } from './problem.ts';

const CONTROL = /\p{Cc}/u;

/** @returns each tag once, in the order given */
export function tags(values: readonly string[], field: string, problems: Problems): readonly string[] {
  problems.expect(values.length <= TAGS_MAX, () => ({
    field,
    value: `${values.length} tags`,
    limit: `at most ${TAGS_MAX}`,
    fix: 'move what nobody selects by into metadata',
  }));
  for (const [index, tag] of values.slice(0, TAGS_MAX).entries()) {
    problems.expect(isLabel(tag, TAG_CHARACTERS_MAX), () => ({
      field: `${field}[${index}]`,
      value: shown(tag),
      limit: `1 to ${TAG_CHARACTERS_MAX} characters, none of them a control character`,
      fix: 'shorten the tag',
    }));
  }
  return [...new Set(values)];
}

/** @returns the entries by key, ascending: equal metadata is stored as equal bytes */
export function metadata(
  entries: Readonly<Record<string, string>>,
  field: string,
  problems: Problems,
): Readonly<Record<string, string>> {
  const sorted = Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
  problems.expect(sorted.length <= METADATA_ENTRIES_MAX, () => ({
    field,
    value: `${sorted.length} entries`,
    limit: `at most ${METADATA_ENTRIES_MAX}`,
    fix: 'keep only what callers need to choose an instance',
  }));
  for (const [key, value] of sorted.slice(0, METADATA_ENTRIES_MAX)) {
    problems.expect(isLabel(key, METADATA_KEY_CHARACTERS_MAX), () => ({
      field: `${field} key`,
      value: shown(key),
      limit: `1 to ${METADATA_KEY_CHARACTERS_MAX} characters, none of them a control character`,
      fix: 'shorten the key',
    }));
    const bytes = Buffer.byteLength(value);
    problems.expect(bytes <= METADATA_VALUE_BYTES_MAX, () => ({
      field: `${field}[${shown(key)}]`,
      value: `${bytes} bytes long`,
      limit: `at most ${METADATA_VALUE_BYTES_MAX} bytes`,
      fix: 'store the value elsewhere and register where to find it',
    }));
  }
  return Object.fromEntries(sorted);
}

function isLabel(text: string, charactersMax: number): boolean {
  return text.length > 0 && text.length <= charactersMax && !CONTROL.test(text);
}
