import { isText } from './character.ts';
import { FIELD } from './field-kind.ts';
import type { Latin1 } from './latin1.ts';

/** Numbers a field: where name and value begin and end, and its kind. */
export const STRIDE = 5;
const FIELDS_AT_FIRST = 24;
const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new DataView(new ArrayBuffer(0));
/** No Content-Length; no such field. */
export const NONE = -1;

/** `origin` is `/path`, `absolute` is `http://host/path`, `authority` is `host:port` (CONNECT), `asterisk` is `*` (OPTIONS). */
export type TargetForm = 'origin' | 'absolute' | 'authority' | 'asterisk';

/**
 * The head of one message, or its trailers: offsets into the bytes that were read, and text only when asked for. One object a
 * connection, filled anew for each message and lent until the event returns: read what you need, or copy it.
 * Every public field is for reading only.
 */
export class Head {
  /** What every offset points into. */
  bytes: Uint8Array = NO_BYTES;
  /** The same bytes, to be read four at a time. */
  words: DataView = NO_WORDS;
  /** How many fields there are. */
  size = 0;
  /** 1 for HTTP/1.1, 0 for HTTP/1.0. */
  minor = 1;
  /** Of a response; 0 for a request and for trailers. */
  status = 0;
  /** The method of a request, or the phrase of a response, as a range of `bytes`. */
  wordStart = 0;
  wordEnd = 0;
  targetStart = 0;
  targetEnd = 0;
  form: TargetForm = 'origin';
  /** Where path and query begin: `targetStart` of the origin form, behind the authority of the absolute form; at `targetEnd` when there is none. */
  pathStart = 0;
  /** Host and port that the request is for: of the target when it names them, else of Host. Empty when neither does. */
  authorityStart = 0;
  authorityEnd = 0;
  /** Bytes of content as declared, or -1. */
  contentLength = NONE;
  isChunked = false;
  /** The peer asked to close after this message. */
  closes = false;
  /** The peer asked to keep the connection, as HTTP/1.0 has to. */
  keepsAlive = false;
  /** The peer waits for `100 Continue` before it sends its content. */
  expectsContinue = false;
  /** The index of Host, or -1. */
  hostIndex = NONE;
  /** The index of Upgrade, when Connection names it too and HTTP/1.1 and the absence of content let a server switch; or -1. */
  upgradeIndex = NONE;
  /** Where the line of the last field ends. */
  fieldsEnd = 0;
  /** What the parser found out on its way. */
  hasUpgradeOption = false;
  connectionOptions = 0;
  namesOthers = false;
  /** What the parser found: STRIDE numbers a field. */
  offsets: Int32Array = new Int32Array(FIELDS_AT_FIRST * STRIDE);
  private readonly latin1: Latin1;

  constructor(latin1: Latin1) {
    this.latin1 = latin1;
  }

  /** GET, POST…; '' of a response. */
  get method(): string {
    return this.status === 0 ? this.latin1(this.bytes, this.wordStart, this.wordEnd) : '';
  }

  /** The phrase of a response, for people. */
  get reason(): string {
    return this.status === 0 ? '' : this.latin1(this.bytes, this.wordStart, this.wordEnd);
  }

  /** The request target as it came. */
  get target(): string {
    return this.latin1(this.bytes, this.targetStart, this.targetEnd);
  }

  /** Path and query; '' when the target has none. */
  get path(): string {
    return this.latin1(this.bytes, this.pathStart, this.targetEnd);
  }

  get authority(): string {
    return this.latin1(this.bytes, this.authorityStart, this.authorityEnd);
  }

  /** The protocols that may be switched to, or undefined. */
  get upgrade(): string | undefined {
    return this.upgradeIndex === NONE ? undefined : this.value(this.upgradeIndex);
  }

  /** The name as it came. @param index below `size` */
  name(index: number): string {
    return this.latin1(this.bytes, this.nameStart(index), this.nameEnd(index));
  }

  value(index: number): string {
    return this.latin1(this.bytes, this.valueStart(index), this.valueEnd(index));
  }

  /** Whether the field has this name. @param name in lower case */
  is(index: number, name: string): boolean {
    return isText(this.bytes, this.nameStart(index), this.nameEnd(index), name);
  }

  /** Whether the field has this value in any case. @param text in lower case */
  isValue(index: number, text: string): boolean {
    return isText(this.bytes, this.valueStart(index), this.valueEnd(index), text);
  }

  /**
   * The first field of this name. Hot path: compares lengths before bytes.
   * @param name in lower case
   * @param from where to look on after the last one found
   * @returns its index, or -1
   */
  find(name: string, from = 0): number {
    for (let index = from; index < this.size; index += 1) {
      if (this.nameEnd(index) - this.nameStart(index) === name.length && this.is(index, name)) return index;
    }
    return NONE;
  }

  /** The value of a field; several fields of the name are one list. @param name in lower case */
  get(name: string): string | undefined {
    let index = this.find(name);
    if (index === NONE) return undefined;
    let text = this.value(index);
    for (index = this.find(name, index + 1); index !== NONE; index = this.find(name, index + 1)) {
      text += `${name === 'cookie' ? '; ' : ', '}${this.value(index)}`;
    }
    return text;
  }

  nameStart(index: number): number {
    return this.offsets[index * STRIDE] ?? 0;
  }

  nameEnd(index: number): number {
    return this.offsets[index * STRIDE + 1] ?? 0;
  }

  valueStart(index: number): number {
    return this.offsets[index * STRIDE + 2] ?? 0;
  }

  valueEnd(index: number): number {
    return this.offsets[index * STRIDE + 3] ?? 0;
  }

  kind(index: number): number {
    return this.offsets[index * STRIDE + 4] ?? FIELD.regular;
  }

  /** Forgets all. */
  begin(bytes: Uint8Array, start: number): void {
    if (this.bytes !== bytes) {
      this.bytes = bytes;
      this.words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    this.size = 0;
    this.minor = 1;
    this.status = 0;
    this.wordStart = start;
    this.wordEnd = start;
    this.targetStart = start;
    this.targetEnd = start;
    this.form = 'origin';
    this.pathStart = start;
    this.authorityStart = start;
    this.authorityEnd = start;
    this.contentLength = NONE;
    this.isChunked = false;
    this.closes = false;
    this.keepsAlive = false;
    this.expectsContinue = false;
    this.hostIndex = NONE;
    this.upgradeIndex = NONE;
    this.fieldsEnd = start;
    this.hasUpgradeOption = false;
    this.connectionOptions = 0;
    this.namesOthers = false;
  }

  /** No longer lent: what was read may be used for something else. */
  release(): void {
    this.bytes = NO_BYTES;
    this.words = NO_WORDS;
    this.size = 0;
  }

  /** Makes room for more fields. */
  grow(): Int32Array {
    const larger = new Int32Array(this.offsets.length * 2);
    larger.set(this.offsets);
    this.offsets = larger;
    return larger;
  }

  /** Connection names this field: it goes no further. */
  markNamed(index: number): void {
    this.offsets[index * STRIDE + 4] = FIELD.named;
  }
}
