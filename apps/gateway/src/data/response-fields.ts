import { forEachEndToEnd, type RawFields } from './hop-by-hop.ts';

/**
 * The fields of the answer as the client gets it: end-to-end fields as they came, and Via.
 * @param closing the connection ends after this answer
 */
export function responseFields(fields: RawFields, closing: boolean): string[] {
  const out: string[] = [];
  let via: string | undefined;
  forEachEndToEnd(fields, (lower, name, value) => {
    if (lower === 'via') via = via === undefined ? value : `${via}, ${value}`;
    else out.push(name, value);
  });
  out.push('Via', via === undefined ? '1.1 portolan' : `${via}, 1.1 portolan`);
  if (closing) out.push('Connection', 'close');
  return out;
}

/** Fields as undici hands them over: bytes, names and values in turn. */
export function rawFieldsOf(headers: unknown): RawFields {
  if (!Array.isArray(headers)) return [];
  return headers.map((part: unknown) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part)));
}

/** Status line and fields of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  readonly fields: RawFields;
}
