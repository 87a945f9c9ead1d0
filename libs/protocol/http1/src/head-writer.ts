import { COLON, CR, HTAB, isDigit, isExactly, LF, SP, TARGET, TOKEN, VALUE } from './character.ts';
import { Http1FieldError } from './connection-error.ts';
import type { FieldNames } from './field-names.ts';
import { FIELD, isEndToEnd, kindOf, type FieldKind } from './field-kind.ts';
import { NONE, type Head } from './head.ts';
import type { Output } from './output.ts';
import { statusLine } from './reason-phrase.ts';

/** 10^15 − 1 is below 2^53. */
const LENGTH_DIGITS_MAX = 15;

/**
 * Writes one head at a time into the output. What HTTP/1.1 itself means by a field is not written but kept: the connection decides
 * how the message is framed and whether it stays open, and `end` says so. `cancel` takes back all that was written of a head.
 */
export class HeadWriter {
  /** Of the content, as the caller or the head that is forwarded declared it; or -1. */
  contentLength = NONE;
  /** The caller asked to close behind this message. */
  closes = false;
  hasHost = false;
  hasUpgrade = false;
  private hasTe = false;
  private start = 0;
  private readonly output: Output;

  constructor(output: Output) {
    this.output = output;
  }

  beginResponse(status: number): void {
    this.begin();
    if (!Number.isInteger(status) || status < 100 || status > 999)
      throw new Http1FieldError(String(status), 'is no status');
    this.output.text(statusLine(status));
  }

  /** @throws Http1FieldError */
  beginRequest(method: string, target: string): void {
    this.begin();
    const { output } = this;
    checkText(method, TOKEN, 'is no method');
    checkText(target, TARGET, 'is no request target');
    output.text(method);
    output.text(' ');
    output.text(target);
    output.text(' HTTP/1.1\r\n');
  }

  /**
   * The request line of another request, for an origin server: absolute form becomes origin form.
   * @param target instead of the one it has
   */
  beginRequestOf(from: Head, target: string | undefined): void {
    if (target !== undefined) {
      this.beginRequest(from.method, target);
      return;
    }
    this.begin();
    const { output } = this;
    output.copy(from.bytes, from.wordStart, from.wordEnd);
    output.text(' ');
    if (from.form !== 'absolute') {
      output.copy(from.bytes, from.targetStart, from.targetEnd);
    } else if (from.pathStart === from.targetEnd) {
      output.text(isExactly(from.bytes, from.wordStart, from.wordEnd, 'OPTIONS') ? '*' : '/');
    } else {
      if (from.bytes[from.pathStart] === 63) output.text('/');
      output.copy(from.bytes, from.pathStart, from.targetEnd);
    }
    output.text(' HTTP/1.1\r\n');
  }

  /** Trailers have no start line. */
  beginTrailers(): void {
    this.begin();
  }

  /** @throws Http1FieldError */
  fields(list: readonly string[]): void {
    for (let index = 0; index < list.length; index += 2) this.field(list[index] ?? '', list[index + 1] ?? '');
  }

  /** @throws Http1FieldError */
  field(name: string, value: string): void {
    const { output } = this;
    const start = output.length;
    output.reserve(name.length + value.length + 4);
    const { bytes } = output;
    checkText(name, TOKEN, 'is no field name');
    checkValue(name, value);
    let at = start;
    for (let index = 0; index < name.length; index += 1) bytes[at++] = name.charCodeAt(index);
    const kind = kindOf(bytes, start, at);
    bytes[at++] = COLON;
    bytes[at++] = SP;
    for (let index = 0; index < value.length; index += 1) bytes[at++] = value.charCodeAt(index);
    bytes[at++] = CR;
    bytes[at++] = LF;
    if (this.keepsBack(kind, name, value)) return;
    output.length = at;
  }

  /**
   * Copies the end-to-end fields of a head that was read, as they came: not those of one connection, not those that Connection
   * names (RFC 9110, section 7.6.1), and not those of `except`. Its Content-Length becomes ours. Hot path: neighbours are copied
   * as one slice.
   */
  copyFields(from: Head, except: FieldNames | undefined): void {
    const { output } = this;
    const { bytes } = from;
    let runStart = NONE;
    for (let index = 0; index < from.size; index += 1) {
      const nameStart = from.nameStart(index);
      const kind = from.kind(index);
      if (isEndToEnd(kind) && except?.has(bytes, nameStart, from.nameEnd(index)) !== true) {
        if (kind === FIELD.host) this.takeHost();
        if (runStart === NONE) runStart = nameStart;
      } else if (runStart !== NONE) {
        output.copy(bytes, runStart, nameStart);
        runStart = NONE;
      }
    }
    if (runStart !== NONE) output.copy(bytes, runStart, from.fieldsEnd);
    if (from.contentLength !== NONE) this.contentLength = from.contentLength;
  }

  contentLengthField(bytes: number): void {
    this.output.text('content-length: ');
    this.output.text(String(bytes));
    this.output.text('\r\n');
  }

  chunkedField(): void {
    this.output.text('transfer-encoding: chunked\r\n');
  }

  /** Ends the head, with the Connection field that it needs. @param option `close`, `keep-alive`, or none that HTTP/1.1 would not assume */
  end(option: 'close' | 'keep-alive' | undefined): void {
    const { output } = this;
    const options = [option, this.hasUpgrade ? 'upgrade' : undefined, this.hasTe ? 'te' : undefined];
    if (option !== undefined || this.hasUpgrade || this.hasTe) {
      output.text(`connection: ${options.filter((one) => one !== undefined).join(', ')}\r\n`);
    }
    output.text('\r\n');
  }

  /** @throws Http1FieldError when one of them says how the message is framed or routed */
  endTrailers(): void {
    if (this.contentLength !== NONE || this.hasHost || this.closes || this.hasUpgrade || this.hasTe) {
      throw new Http1FieldError('content-length, host, connection, upgrade or te', 'is no trailer field');
    }
    this.output.text('\r\n');
  }

  /** Takes back what was written of this head. */
  cancel(): void {
    this.output.length = this.start;
  }

  private begin(): void {
    this.start = this.output.length;
    this.contentLength = NONE;
    this.closes = false;
    this.hasHost = false;
    this.hasUpgrade = false;
    this.hasTe = false;
  }

  private takeHost(): void {
    if (this.hasHost) throw new Http1FieldError('host', 'is there twice');
    this.hasHost = true;
  }

  /** Takes what a field means to HTTP/1.1. @returns whether it is not written now */
  private keepsBack(kind: FieldKind, name: string, value: string): boolean {
    switch (kind) {
      case FIELD.contentLength:
        this.contentLength = lengthOf(value);
        return true;
      case FIELD.connection:
        if (value.toLowerCase() === 'close') this.closes = true;
        else if (value.toLowerCase() !== 'keep-alive')
          throw new Http1FieldError(name, 'other than close is written by the connection');
        return true;
      case FIELD.transferEncoding:
        throw new Http1FieldError(name, 'is written by the connection: give content-length, or nothing for chunks');
      case FIELD.host:
        this.takeHost();
        return false;
      case FIELD.upgrade:
        this.hasUpgrade = true;
        return false;
      case FIELD.te:
        this.hasTe = true;
        return false;
      case FIELD.regular:
      case FIELD.expect:
      case FIELD.hopByHop:
      case FIELD.named:
        return false;
    }
  }
}

function lengthOf(value: string): number {
  for (let index = 0; index < value.length; index += 1) {
    if (!isDigit(value.charCodeAt(index))) throw new Http1FieldError('content-length', 'is no number');
  }
  if (value.length === 0 || value.length > LENGTH_DIGITS_MAX)
    throw new Http1FieldError('content-length', 'is no number');
  return Number(value);
}

function checkText(text: string, table: Uint8Array, why: string): void {
  for (let index = 0; index < text.length; index += 1) {
    if (table[text.charCodeAt(index)] !== 1) throw new Http1FieldError(text, why);
  }
  if (text === '') throw new Http1FieldError(text, why);
}

function checkValue(name: string, value: string): void {
  for (let index = 0; index < value.length; index += 1) {
    if (VALUE[value.charCodeAt(index)] !== 1)
      throw new Http1FieldError(name, 'has a value that holds what no value may');
  }
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(value.length - 1);
  if (first === SP || first === HTAB || last === SP || last === HTAB) {
    throw new Http1FieldError(name, 'has a value with white space at its ends');
  }
}
