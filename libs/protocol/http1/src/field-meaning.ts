import { COMMA, HTAB, isDigit, isSameText, isText, isWhiteSpace, LOWER, SP, TOKEN } from './character.ts';
import { refuse } from './connection-error.ts';
import { FIELD, type FieldKind } from './field-kind.ts';
import { NONE, type Head } from './head.ts';
import type { Http1Limits } from './limits.ts';
import { isAuthority } from './target.ts';

/** 10^15 − 1 is below 2^53. */
const LENGTH_DIGITS_MAX = 15;

/** Takes what a field means to HTTP/1.1 itself. @throws Http1MessageError when it may not be so */
export function takeMeaning(head: Head, kind: FieldKind, start: number, end: number, limits: Http1Limits): void {
  if (kind === FIELD.host) takeHost(head, start, end);
  else if (kind === FIELD.contentLength) takeContentLength(head, start, end);
  else if (kind === FIELD.transferEncoding) takeTransferEncoding(head, start, end);
  else if (kind === FIELD.connection) takeConnection(head, start, end, limits.connectionOptions);
  else if (kind === FIELD.upgrade) head.upgradeIndex = head.size;
  else if (kind === FIELD.expect) takeExpect(head, start, end);
}

/** What only the whole head of a request tells. */
export function checkRequest(head: Head): void {
  checkFraming(head);
  if (head.hostIndex === NONE) {
    if (head.minor === 1) refuse('host-missing');
  } else if (head.form === 'absolute') {
    const start = head.valueStart(head.hostIndex);
    const end = head.valueEnd(head.hostIndex);
    if (!isSameText(head.bytes, head.authorityStart, head.authorityEnd, start, end)) refuse('host-mismatch');
  } else if (head.form !== 'authority') {
    head.authorityStart = head.valueStart(head.hostIndex);
    head.authorityEnd = head.valueEnd(head.hostIndex);
  }
  if (head.form === 'authority' && (head.isChunked || head.contentLength !== NONE)) refuse('connect-content');
  // An expectation in HTTP/1.0 is ignored, and so is one about no content (RFC 9110, section 10.1.1).
  if (head.minor === 0 || !(head.isChunked || head.contentLength > 0)) head.expectsContinue = false;
  if (head.isChunked || head.contentLength > 0) head.upgradeIndex = NONE;
}

/** What only the whole head of any message tells. */
export function checkFraming(head: Head): void {
  if (head.isChunked) {
    if (head.contentLength !== NONE) refuse('content-length-and-transfer-encoding');
    if (head.minor === 0) refuse('transfer-encoding-in-1.0');
  }
  if (!head.hasUpgradeOption || head.minor === 0) head.upgradeIndex = NONE;
  if (head.namesOthers) markNamed(head);
}

function takeHost(head: Head, start: number, end: number): void {
  if (head.hostIndex !== NONE) refuse('host-repeated');
  head.hostIndex = head.size;
  if (head.status === 0 && !isAuthority(head.bytes, start, end)) refuse('host-value');
}

function takeContentLength(head: Head, start: number, end: number): void {
  if (head.contentLength !== NONE) refuse('content-length-repeated');
  if (end === start || end - start > LENGTH_DIGITS_MAX || isBesideTab(head.bytes, start, end)) refuse('content-length');
  let length = 0;
  for (let at = start; at < end; at += 1) {
    const byte = head.bytes[at] ?? 0;
    if (!isDigit(byte)) refuse('content-length');
    length = length * 10 + byte - 48;
  }
  head.contentLength = length;
}

function takeTransferEncoding(head: Head, start: number, end: number): void {
  if (head.isChunked) refuse('transfer-encoding-repeated');
  if (isBesideTab(head.bytes, start, end)) refuse('transfer-encoding');
  if (!isText(head.bytes, start, end, 'chunked')) {
    refuse(endsInChunked(head.bytes, start, end) ? 'transfer-coding-unsupported' : 'transfer-encoding');
  }
  head.isChunked = true;
}

/** A tab around a value is none of it, but some take it for some: llhttp reads `chunked` and a tab as another coding. */
function isBesideTab(bytes: Uint8Array, start: number, end: number): boolean {
  let from = start - 1;
  while (bytes[from] === SP) from -= 1;
  let to = end;
  while (bytes[to] === SP) to += 1;
  return bytes[from] === HTAB || bytes[to] === HTAB;
}

/** Whether other codings come before `chunked`: where such a message ends is certain, what it says is not. */
function endsInChunked(bytes: Uint8Array, start: number, end: number): boolean {
  let coding = start;
  for (let at = start; at <= end; at += 1) {
    if (at < end && bytes[at] !== COMMA) continue;
    let from = coding;
    let to = at;
    while (from < to && isWhiteSpace(bytes[from] ?? 0)) from += 1;
    while (to > from && isWhiteSpace(bytes[to - 1] ?? 0)) to -= 1;
    if (at === end) return isText(bytes, from, to, 'chunked');
    if (!isToken(bytes, from, to) || isText(bytes, from, to, 'chunked')) return false;
    coding = at + 1;
  }
  return false;
}

function takeExpect(head: Head, start: number, end: number): void {
  if (head.status !== 0) return;
  if (!isText(head.bytes, start, end, '100-continue')) refuse('expectation');
  head.expectsContinue = true;
}

function takeConnection(head: Head, start: number, end: number, optionsMax: number): void {
  const { bytes } = head;
  let at = start;
  while (at < end) {
    const from = at;
    while (at < end && TOKEN[bytes[at] ?? 0] === 1) at += 1;
    if (at > from) takeOption(head, from, at, optionsMax);
    while (at < end && isWhiteSpace(bytes[at] ?? 0)) at += 1;
    if (at === end) return;
    if (bytes[at] !== COMMA) refuse('connection-option');
    at += 1;
    while (at < end && isWhiteSpace(bytes[at] ?? 0)) at += 1;
  }
}

function takeOption(head: Head, start: number, end: number, optionsMax: number): void {
  const { bytes } = head;
  head.connectionOptions += 1;
  if (head.connectionOptions > optionsMax) refuse('too-many-connection-options');
  if (isText(bytes, start, end, 'keep-alive')) head.keepsAlive = true;
  else if (isText(bytes, start, end, 'close')) head.closes = true;
  else if (isText(bytes, start, end, 'upgrade')) head.hasUpgradeOption = true;
  else if (isText(bytes, start, end, 'host') || isText(bytes, start, end, 'content-length'))
    refuse('connection-option');
  else if (!isText(bytes, start, end, 'te')) head.namesOthers = true;
}

/** Hop-by-hop are also the fields that Connection names (RFC 9110, section 7.6.1); at most `connectionOptions` × `fields` looks. */
function markNamed(head: Head): void {
  const { bytes } = head;
  for (let connection = 0; connection < head.size; connection += 1) {
    if (head.kind(connection) !== FIELD.connection) continue;
    const end = head.valueEnd(connection);
    let at = head.valueStart(connection);
    while (at < end) {
      const from = at;
      while (at < end && TOKEN[bytes[at] ?? 0] === 1) at += 1;
      if (at > from) markOption(head, from, at);
      else at += 1;
    }
  }
}

function markOption(head: Head, start: number, end: number): void {
  const { bytes } = head;
  const first = LOWER[bytes[start] ?? 0];
  for (let index = 0; index < head.size; index += 1) {
    const name = head.nameStart(index);
    if (LOWER[bytes[name] ?? 0] !== first || head.kind(index) !== FIELD.regular) continue;
    if (isSameText(bytes, start, end, name, head.nameEnd(index))) head.markNamed(index);
  }
}

function isToken(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (TOKEN[bytes[at] ?? 0] !== 1) return false;
  return end > start;
}
