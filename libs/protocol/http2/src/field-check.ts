import { Http2FieldError } from './connection-error.ts';
import { classOf, isFieldValue, NAME, type NameClass } from './hpack/token.ts';

/** Pseudo-header fields that a section may have, and those that it must, as bits by their class (RFC 9113, section 8.3). */
export interface Section {
  readonly allowed: number;
  readonly needed: number;
}

const bits = (...names: NameClass[]): number => names.reduce<number>((sum, name) => sum | (1 << name), 0);

export const REQUEST_HEAD: Section = {
  allowed: bits(NAME.method, NAME.scheme, NAME.path, NAME.authority, NAME.protocol),
  needed: bits(NAME.method),
};
export const RESPONSE_HEAD: Section = { allowed: bits(NAME.status), needed: bits(NAME.status) };
export const TRAILERS: Section = { allowed: 0, needed: 0 };

/**
 * Looks at fields before they are sent; `head`, `open` and `trailers` do so themselves.
 * @param fields name, value, name, value…
 * @throws Http2FieldError for one that no peer would take
 */
export function checkFields(fields: readonly string[]): void {
  for (let index = 0; index < fields.length; index += 2) check(fields[index] ?? '', fields[index + 1]);
}

/**
 * Hot path: looks at the fields of a whole section.
 * @throws Http2FieldError for one that no peer would take, or a pseudo-header field that is missing or has no place here
 */
export function checkSection(fields: readonly string[], section: Section): void {
  let seen = 0;
  let areOver = false;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    const kind = check(name, fields[index + 1]);
    if (kind === NAME.regular || kind > NAME.status) {
      areOver = true;
      continue;
    }
    const bit = 1 << kind;
    if ((section.allowed & bit) === 0) throw new Http2FieldError(name, 'has no place here');
    if (areOver) throw new Http2FieldError(name, 'comes after other fields');
    if ((seen & bit) !== 0) throw new Http2FieldError(name, 'comes twice');
    seen |= bit;
  }
  if ((seen & section.needed) !== section.needed) {
    throw new Http2FieldError(section === RESPONSE_HEAD ? ':status' : ':method', 'is missing');
  }
}

/** The value of a pseudo-header field, which come first; '' when there is none. */
export function pseudoValue(fields: readonly string[], name: string): string {
  for (let index = 0; fields[index]?.startsWith(':') === true; index += 2) {
    if (fields[index] === name) return fields[index + 1] ?? '';
  }
  return '';
}

function check(name: string, value: string | undefined): NameClass {
  const kind = classOf(name);
  if (kind === NAME.invalid) throw new Http2FieldError(name, 'has no name that can be sent');
  if (kind === NAME.connectionSpecific) throw new Http2FieldError(name, 'belongs to HTTP/1.1 connections');
  if (value === undefined) throw new Http2FieldError(name, 'has no value');
  if (!isFieldValue(value)) throw new Http2FieldError(name, 'has a value with characters that cannot be sent');
  return kind;
}
