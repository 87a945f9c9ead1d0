import { Http2FieldError } from './connection-error.ts';
import { classOf, isFieldValue, NAME } from './hpack/token.ts';

/**
 * Looks at fields before they are sent; `head`, `open` and `trailers` do so themselves.
 * @param fields name, value, name, value…
 * @throws Http2FieldError for one that no peer would take
 */
export function checkFields(fields: readonly string[]): void {
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    const value = fields[index + 1];
    const kind = classOf(name);
    if (kind === NAME.invalid) throw new Http2FieldError(name, 'has no name that can be sent');
    if (kind === NAME.connectionSpecific) throw new Http2FieldError(name, 'belongs to HTTP/1.1 connections');
    if (value === undefined) throw new Http2FieldError(name, 'has no value');
    if (!isFieldValue(value)) throw new Http2FieldError(name, 'has a value with characters that cannot be sent');
  }
}
