import { ADDRESS, COLON, HEX, isDigit, isExactly, NOT_HEX, REGISTERED_NAME, SCHEME } from './character.ts';
import { refuse } from './connection-error.ts';
import type { Head } from './head.ts';

const SLASH = 47;
const ASTERISK = 42;
const PERCENT = 37;
const OPENING_BRACKET = 91;
const CLOSING_BRACKET = 93;
const PORT_DIGITS_MAX = 5;

/**
 * Finds out which of the four forms a target has (RFC 9112, section 3.2), whose bytes were looked at before.
 * @throws Http1MessageError when it has none, or not the one of its method
 */
export function readTarget(head: Head): void {
  const { bytes, targetStart, targetEnd, wordStart, wordEnd } = head;
  head.pathStart = targetStart;
  if (wordEnd - wordStart === 7 && isExactly(bytes, wordStart, wordEnd, 'CONNECT')) {
    const nameEnd = hostEnd(bytes, targetStart, targetEnd);
    if (nameEnd === targetStart || nameEnd + 1 >= targetEnd || !isPort(bytes, nameEnd, targetEnd)) refuse('target');
    head.form = 'authority';
    head.pathStart = targetEnd;
    head.authorityStart = targetStart;
    head.authorityEnd = targetEnd;
  } else if (bytes[targetStart] === ASTERISK && targetEnd - targetStart === 1) {
    if (!isExactly(bytes, wordStart, wordEnd, 'OPTIONS')) refuse('target');
    head.form = 'asterisk';
    head.pathStart = targetEnd;
  } else if (bytes[targetStart] !== SLASH) {
    readAbsolute(head);
  }
}

/** Whether the bytes are `uri-host [ ":" port ]`; the host may be empty, as it is for targets without an authority (RFC 9112, section 3.2). */
export function isAuthority(bytes: Uint8Array, start: number, end: number): boolean {
  const nameEnd = hostEnd(bytes, start, end);
  return nameEnd === end || (nameEnd !== start && isPort(bytes, nameEnd, end));
}

function readAbsolute(head: Head): void {
  const { bytes, targetStart, targetEnd } = head;
  let at = targetStart;
  while (at < targetEnd && SCHEME[bytes[at] ?? 0] === 1) at += 1;
  const first = (bytes[targetStart] ?? 0) | 0x20;
  if (first < 97 || first > 122 || !isExactly(bytes, at, Math.min(at + 3, targetEnd), '://')) refuse('target');
  const authorityStart = at + 3;
  at = authorityStart;
  while (at < targetEnd && bytes[at] !== SLASH && bytes[at] !== QUESTION_MARK) at += 1;
  if (at === authorityStart || !isAuthority(bytes, authorityStart, at)) refuse('target');
  head.form = 'absolute';
  head.authorityStart = authorityStart;
  head.authorityEnd = at;
  head.pathStart = at;
}

const QUESTION_MARK = 63;

/** Where the host ends: a name, an IPv4 address, or an address in brackets. */
function hostEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (bytes[at] === OPENING_BRACKET && at < end) {
    at += 1;
    while (at < end && ADDRESS[bytes[at] ?? 0] === 1) at += 1;
    return at < end && bytes[at] === CLOSING_BRACKET && at > start + 1 ? at + 1 : start;
  }
  const registered = REGISTERED_NAME;
  while (at < end && registered[bytes[at] ?? 0] === 1) {
    if (bytes[at] === PERCENT && !isEncoded(bytes, at, end)) return start;
    at += 1;
  }
  return at;
}

function isEncoded(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 2 < end && HEX[bytes[at + 1] ?? 0] !== NOT_HEX && HEX[bytes[at + 2] ?? 0] !== NOT_HEX;
}

/** Whether the bytes are a colon and a port, which may be empty (RFC 3986, section 3.2.3). */
function isPort(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] !== COLON || end - start > PORT_DIGITS_MAX + 1) return false;
  for (let at = start + 1; at < end; at += 1) if (!isDigit(bytes[at] ?? 0)) return false;
  return true;
}
