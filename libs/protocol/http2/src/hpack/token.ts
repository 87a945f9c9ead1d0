/**
 * A name or value as it is kept: its text (one character a byte) and what was found out about it once, so that a field of an
 * index costs neither a string nor a look at its bytes.
 */
export class Token {
  readonly text: string;
  readonly asName: NameClass;
  /** Free of NUL, CR and LF, and without white space at either end (RFC 9113, section 8.2.1). */
  readonly isValue: boolean;

  constructor(text: string) {
    this.text = text;
    this.asName = classOf(text);
    this.isValue = isFieldValue(text);
  }
}

/** What a field name means to HTTP/2 itself. */
export const NAME = {
  /** Any other valid name. */
  regular: 0,
  method: 1,
  scheme: 2,
  path: 3,
  authority: 4,
  protocol: 5,
  status: 6,
  contentLength: 7,
  te: 8,
  host: 9,
  /** Of HTTP/1.1 connections: malformed here (section 8.2.2). */
  connectionSpecific: 10,
  /** Not in lower case, not a token, empty, or a pseudo-header field that is not defined. */
  invalid: 11,
} as const;

export type NameClass = (typeof NAME)[keyof typeof NAME];

const KNOWN: ReadonlyMap<string, NameClass> = new Map<string, NameClass>([
  [':method', NAME.method],
  [':scheme', NAME.scheme],
  [':path', NAME.path],
  [':authority', NAME.authority],
  [':protocol', NAME.protocol],
  [':status', NAME.status],
  ['content-length', NAME.contentLength],
  ['te', NAME.te],
  ['host', NAME.host],
  ['connection', NAME.connectionSpecific],
  ['proxy-connection', NAME.connectionSpecific],
  ['keep-alive', NAME.connectionSpecific],
  ['transfer-encoding', NAME.connectionSpecific],
  ['upgrade', NAME.connectionSpecific],
]);

export function classOf(name: string): NameClass {
  return KNOWN.get(name) ?? (isFieldName(name) ? NAME.regular : NAME.invalid);
}

/** `tchar` of RFC 9110, section 5.6.2, without capitals. */
const NAME_BYTES = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") NAME_BYTES[char.charCodeAt(0)] = 1;

function isFieldName(name: string): boolean {
  for (let index = 0; index < name.length; index += 1) if (NAME_BYTES[name.charCodeAt(index)] !== 1) return false;
  return name.length > 0;
}

/** Free of what would end or bend a field (RFC 9113, section 8.2.1). */
export function isFieldValue(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) {
    const char = value.charCodeAt(index);
    if (char === 0 || char === 10 || char === 13 || char > 255) return false;
  }
  return !isWhiteSpace(value.charCodeAt(0)) && !isWhiteSpace(value.charCodeAt(value.length - 1));
}

const isWhiteSpace = (char: number): boolean => char === 32 || char === 9;
