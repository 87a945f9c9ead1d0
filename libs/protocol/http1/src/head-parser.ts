import { COLON, CR, HTAB, isDigit, isWhiteSpace, LF, SP, TARGET, TOKEN, VALUE } from './character.ts';
import { refuse } from './connection-error.ts';
import { FIELD, kindOf } from './field-kind.ts';
import { checkFraming, checkRequest, takeMeaning } from './field-meaning.ts';
import { STRIDE, type Head } from './head.ts';
import type { Http1Limits } from './limits.ts';
import type { RefusalReason } from './refusal.ts';
import { readTarget } from './target.ts';

/** More bytes are needed. */
export const INCOMPLETE = -1;

/**
 * Parses the head of a request where it lies. Hot path: one pass, a look at a table a byte, no object, no text.
 *
 * A head that is not whole is parsed again from its beginning when more has come; so what is refused, and why, depends on the
 * bytes alone and not on how they were cut. `limits.headBytes` bounds what that costs: some ten microseconds a read.
 * @returns where the content begins, or INCOMPLETE
 * @throws Http1MessageError as soon as the bytes can be no head
 */
export function parseRequest(head: Head, bytes: Uint8Array, start: number, end: number, limits: Http1Limits): number {
  const stop = Math.min(end, start + limits.headBytes);
  const next = requestHead(head, bytes, start, stop, limits);
  if (next === INCOMPLETE && stop === start + limits.headBytes) refuse('head-too-long');
  return next;
}

/** Parses the head of a response, as `parseRequest` does. */
export function parseResponse(head: Head, bytes: Uint8Array, start: number, end: number, limits: Http1Limits): number {
  const stop = Math.min(end, start + limits.headBytes);
  const next = responseHead(head, bytes, start, stop, limits);
  if (next === INCOMPLETE && stop === start + limits.headBytes) refuse('head-too-long');
  return next;
}

/** Parses the trailer section behind the last chunk, up to its empty line, as `parseRequest` does. */
export function parseTrailers(head: Head, bytes: Uint8Array, start: number, end: number, limits: Http1Limits): number {
  // The empty line is none of the fields.
  const longest = start + limits.trailerBytes + 2;
  const stop = Math.min(end, longest);
  head.begin(bytes, start);
  const next = fieldLines(head, bytes, start, stop, limits);
  if (next === INCOMPLETE) {
    if (stop === longest) refuse('trailers-too-long');
    return INCOMPLETE;
  }
  for (let index = 0; index < head.size; index += 1) {
    const kind = head.kind(index);
    // Whoever merges trailers into the head would read another message than we did.
    if (kind === FIELD.contentLength || kind === FIELD.transferEncoding || kind === FIELD.host) refuse('trailer-field');
  }
  return next;
}

function requestHead(head: Head, bytes: Uint8Array, start: number, end: number, limits: Http1Limits): number {
  head.begin(bytes, start);
  const methodEnd = methodOf(bytes, start, end, limits.methodBytes);
  if (methodEnd === INCOMPLETE) return INCOMPLETE;
  head.wordEnd = methodEnd;
  const targetStart = methodEnd + 1;
  const targetEnd = targetOf(bytes, targetStart, end, limits.uriBytes);
  if (targetEnd === INCOMPLETE) return INCOMPLETE;
  head.targetStart = targetStart;
  head.targetEnd = targetEnd;
  readTarget(head);
  const at = version(head, bytes, targetEnd + 1, end);
  if (at === INCOMPLETE) return INCOMPLETE;
  const fields = lineEnd(bytes, at, end, 'version');
  if (fields === INCOMPLETE) return INCOMPLETE;
  const next = fieldLines(head, bytes, fields, end, limits);
  if (next !== INCOMPLETE) checkRequest(head);
  return next;
}

function responseHead(head: Head, bytes: Uint8Array, start: number, end: number, limits: Http1Limits): number {
  head.begin(bytes, start);
  let at = version(head, bytes, start, end);
  if (at === INCOMPLETE || at === end) return INCOMPLETE;
  if (bytes[at] !== SP) refuseByte(bytes[at], 'status-line');
  at += 1;
  let status = 0;
  for (const digits = at + 3; at < digits; at += 1) {
    if (at === end) return INCOMPLETE;
    const byte = bytes[at] ?? 0;
    if (!isDigit(byte)) refuseByte(byte, 'status-line');
    status = status * 10 + byte - 48;
  }
  if (status < 100) refuse('status-line');
  head.status = status;
  if (at === end) return INCOMPLETE;
  // The space belongs to the line even when no phrase follows. Many servers forget it then, and nothing depends on it.
  if (bytes[at] === SP) at += 1;
  else if (bytes[at] !== CR) refuseByte(bytes[at], 'status-line');
  head.wordStart = at;
  while (at < end && VALUE[bytes[at] ?? 0] === 1) at += 1;
  head.wordEnd = at;
  const fields = lineEnd(bytes, at, end, 'control-character');
  if (fields === INCOMPLETE) return INCOMPLETE;
  const next = fieldLines(head, bytes, fields, end, limits);
  if (next !== INCOMPLETE) checkFraming(head);
  return next;
}

/** Field lines up to the empty one. */
function fieldLines(head: Head, bytes: Uint8Array, start: number, end: number, limits: Http1Limits): number {
  // A table behind an import is loaded anew for each byte; a local is not.
  const token = TOKEN;
  const { fields: fieldsMax } = limits;
  let offsets: Int32Array = head.offsets;
  let at = start;
  let record = 0;
  while (at < end) {
    const nameStart = at;
    while (at < end && token[bytes[at] ?? 0] === 1) at += 1;
    if (at === end) return INCOMPLETE;
    const nameEnd = at;
    if (bytes[at] !== COLON || nameEnd === nameStart) {
      if (bytes[at] === CR && at === nameStart) {
        head.fieldsEnd = at;
        return lineEnd(bytes, at, end, 'bare-cr');
      }
      refuseName(bytes[at], at === nameStart);
    }
    if (head.size === fieldsMax) refuse('too-many-fields');
    at += 1;
    while (at < end && (bytes[at] === SP || bytes[at] === HTAB)) at += 1;
    const valueStart = at;
    at = valueOf(head.words, bytes, at, end);
    let valueEnd = at;
    if (at + 1 < end && bytes[at] === CR && bytes[at + 1] === LF) at += 2;
    else if (lineEnd(bytes, at, end, 'control-character') === INCOMPLETE) return INCOMPLETE;
    while (valueEnd > valueStart && isWhiteSpace(bytes[valueEnd - 1] ?? 0)) valueEnd -= 1;
    const kind = kindOf(bytes, nameStart, nameEnd);
    if (kind !== FIELD.regular) takeMeaning(head, kind, valueStart, valueEnd, limits);
    if (record === offsets.length) offsets = head.grow();
    offsets[record] = nameStart;
    offsets[record + 1] = nameEnd;
    offsets[record + 2] = valueStart;
    offsets[record + 3] = valueEnd;
    offsets[record + 4] = kind;
    record += STRIDE;
    head.size += 1;
  }
  return INCOMPLETE;
}

/**
 * Where the bytes of a value end. Four at a time: whether one of them is below SP, or is DEL, shows in its highest bit once
 * SP is taken from each, or DEL is compared with each (Hacker's Delight, section 6-1). Bytes over 127 are none of both. A
 * tab is rare, and is found again by the table.
 */
function valueOf(words: DataView, bytes: Uint8Array, start: number, end: number): number {
  const value = VALUE;
  let at = start;
  for (const last = end - 4; at <= last; at += 4) {
    const word = words.getInt32(at, true);
    const del = word ^ 0x7f7f7f7f;
    if ((((word - 0x20202020) & ~word) | ((del - 0x01010101) & ~del)) & HIGHEST_BITS) break;
  }
  while (at < end && value[bytes[at] ?? 0] === 1) at += 1;
  return at;
}

const HIGHEST_BITS = 0x80808080 | 0;

/** Where the method ends, which one space follows. */
function methodOf(bytes: Uint8Array, start: number, end: number, bytesMax: number): number {
  let at = start;
  while (at < end && TOKEN[bytes[at] ?? 0] === 1) at += 1;
  if (at - start > bytesMax) refuse('method-too-long');
  if (at === end) return INCOMPLETE;
  if (bytes[at] !== SP || at === start) refuseByte(bytes[at], 'request-line');
  return at;
}

/** Where the target ends, which one space follows. */
function targetOf(bytes: Uint8Array, start: number, end: number, bytesMax: number): number {
  const target = TARGET;
  let at = start;
  while (at < end && target[bytes[at] ?? 0] === 1) at += 1;
  if (at - start > bytesMax) refuse('uri-too-long');
  if (at >= end) return INCOMPLETE;
  if (bytes[at] === SP && at > start) return at;
  // An end of line here is a request of HTTP/0.9, and so are spaces side by side no request line.
  if (bytes[at] === CR || bytes[at] === SP) refuse('request-line');
  return refuseByte(bytes[at], 'target');
}

const VERSION = 'HTTP/1.';
const MAJOR_AT = 5;

/** Where the version ends. Only its digits may be other ones: anything else is no HTTP. */
function version(head: Head, bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let index = 0; index < VERSION.length; index += 1, at += 1) {
    if (at >= end) return INCOMPLETE;
    if (bytes[at] === VERSION.charCodeAt(index)) continue;
    if (index === MAJOR_AT && isDigit(bytes[at] ?? 0)) refuse('version-unsupported');
    refuseByte(bytes[at], 'version');
  }
  if (at >= end) return INCOMPLETE;
  const minor = (bytes[at] ?? 0) - 48;
  if (minor !== 1 && minor !== 0) refuse(isDigit(minor + 48) ? 'version-unsupported' : 'version');
  head.minor = minor;
  return at + 1;
}

/** Past the CRLF that must be here. @param otherwise what a byte that is no control character means */
function lineEnd(bytes: Uint8Array, at: number, end: number, otherwise: RefusalReason): number {
  if (at >= end) return INCOMPLETE;
  if (bytes[at] !== CR) refuseByte(bytes[at], otherwise);
  if (at + 1 >= end) return INCOMPLETE;
  if (bytes[at + 1] !== LF) refuse('bare-cr');
  return at + 2;
}

function refuseName(byte: number | undefined, isFirst: boolean): never {
  if (byte === SP || byte === HTAB) refuse(isFirst ? 'obs-fold' : 'space-before-colon');
  refuseByte(byte, 'field-name');
}

function refuseByte(byte: number | undefined, otherwise: RefusalReason): never {
  if (byte === LF) refuse('bare-lf');
  if (byte !== undefined && byte !== CR && byte !== HTAB && (byte < SP || byte === 127)) refuse('control-character');
  refuse(otherwise);
}
