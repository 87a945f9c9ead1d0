import { fieldBytes } from './hpack/decoder.ts';
import { NAME, type Token } from './hpack/token.ts';
import { isAuthority, isSameAuthority, isScheme, isTarget, isToken } from './target-text.ts';

/** What a server takes besides what every one has to. */
export interface RequestRules {
  readonly extendedConnect: boolean;
  /** Whatever an :authority may hold as a value; of a server that does nothing with it. */
  readonly anyAuthority: boolean;
}

/**
 * The fields of one message head or of its trailers (RFC 9110, section 5), decoded and held against RFC 9113, section 8.
 * One object a connection, filled anew for each block: read what you need of it before you return.
 */
export class FieldSection {
  /** Pseudo-header fields; '' when there is none. */
  method = '';
  scheme = '';
  path = '';
  authority = '';
  protocol = '';
  /** 0 when there is none. */
  status = 0;
  /** undefined when there is none. */
  contentLength: number | undefined;
  private readonly fieldNames: string[] = [];
  private readonly fieldValues: string[] = [];
  private count = 0;
  private bytes = 0;
  private bytesMax = 0;
  private host = '';
  private hasHost = false;
  private seen = 0;
  private trouble: string | undefined;

  /** How many fields there are besides the pseudo-header ones. */
  get size(): number {
    return this.count;
  }

  /** The section is larger than the limit: what came after is not here. */
  get isTooLarge(): boolean {
    return this.bytes > this.bytesMax;
  }

  /** A request for a tunnel: it has content, and no content-length and trailers (RFC 9113, section 8.5). */
  get isConnect(): boolean {
    return this.method === 'CONNECT';
  }

  /** @param index below `size` @returns the name in lower case */
  name(index: number): string {
    return this.fieldNames[index] ?? '';
  }

  value(index: number): string {
    return this.fieldValues[index] ?? '';
  }

  /**
   * The value of a field; several fields of the name are one list, and the crumbs of a cookie one cookie.
   * @param name in lower case
   */
  get(name: string): string | undefined {
    let found: string | undefined;
    for (let index = 0; index < this.count; index += 1) {
      if (this.fieldNames[index] !== name) continue;
      const value = this.fieldValues[index] ?? '';
      found = found === undefined ? value : `${found}${name === 'cookie' ? '; ' : ', '}${value}`;
    }
    return found;
  }

  /** Forgets all fields. */
  reset(bytesMax: number): void {
    this.method = '';
    this.scheme = '';
    this.path = '';
    this.authority = '';
    this.protocol = '';
    this.status = 0;
    this.contentLength = undefined;
    this.count = 0;
    this.bytes = 0;
    this.bytesMax = bytesMax;
    this.host = '';
    this.hasHost = false;
    this.seen = 0;
    this.trouble = undefined;
  }

  /** Hot path: takes one field, in the order of the block. */
  add(name: Token, value: Token): void {
    this.bytes += fieldBytes(name, value);
    if (this.bytes > this.bytesMax) return;
    const kind = name.asName;
    if (!value.isValue) this.trouble ??= `a value of ${name.text} holds what no value may`;
    if (kind === NAME.regular) {
      this.keep(name, value);
    } else if (kind <= NAME.status) {
      this.pseudo(kind, name.text, value.text);
    } else {
      this.special(kind, name, value);
    }
  }

  /** @returns why these are no fields of a request, or undefined (RFC 9113, section 8.3.1; RFC 8441) */
  requestTrouble({ extendedConnect, anyAuthority }: RequestRules): string | undefined {
    if (this.trouble !== undefined) return this.trouble;
    if (this.status !== 0) return ':status in a request';
    if (!isToken(this.method)) return 'no :method';
    if (!anyAuthority && !isAuthority(this.authority))
      return `:authority ${JSON.stringify(this.authority.slice(0, 50))}`;
    const isPlainConnect = this.isConnect && !this.has(NAME.protocol);
    if (this.has(NAME.protocol)) {
      if (!extendedConnect) return ':protocol, which was not offered';
      if (!this.isConnect || !isToken(this.protocol)) return ':protocol without CONNECT, or none';
    }
    if (isPlainConnect) {
      if (this.has(NAME.scheme) || this.has(NAME.path)) return ':scheme or :path with CONNECT';
      return this.authority === '' ? 'CONNECT without :authority' : undefined;
    }
    if (!isScheme(this.scheme)) return 'no :scheme';
    if (!isTarget(this.path, this.method)) return 'no :path';
    if (this.authority === '' && this.host === '') return 'neither :authority nor host';
    if (this.hasHost && this.authority !== '' && !isSameAuthority(this.host, this.authority, this.scheme)) {
      return 'host is not :authority';
    }
    return undefined;
  }

  /** @returns why these are no fields of a response, or undefined (section 8.3.2) */
  responseTrouble(): string | undefined {
    if (this.trouble !== undefined) return this.trouble;
    if (this.status === 0) return 'no :status';
    return this.seen === 1 << NAME.status ? undefined : 'a request field in a response';
  }

  /** @returns why these are no trailers, or undefined (section 8.1) */
  trailersTrouble(): string | undefined {
    return this.trouble ?? (this.seen === 0 ? undefined : 'a pseudo-header field in trailers');
  }

  private has(kind: number): boolean {
    return (this.seen & (1 << kind)) !== 0;
  }

  private keep(name: Token, value: Token): void {
    this.fieldNames[this.count] = name.text;
    this.fieldValues[this.count] = value.text;
    this.count += 1;
  }

  private pseudo(kind: number, name: string, value: string): void {
    if (this.count > 0) this.trouble ??= `${name} after other fields`;
    if (this.has(kind)) this.trouble ??= `${name} twice`;
    this.seen |= 1 << kind;
    if (kind === NAME.path) this.path = value;
    else if (kind === NAME.method) this.method = value;
    else if (kind === NAME.scheme) this.scheme = value;
    else if (kind === NAME.authority) this.authority = value;
    else if (kind === NAME.protocol) this.protocol = value;
    else {
      this.status = statusOf(value);
      if (this.status === 0) this.trouble ??= `:status ${value.slice(0, 20)}`;
    }
  }

  private special(kind: number, name: Token, value: Token): void {
    if (kind === NAME.contentLength) {
      const length = lengthOf(value.text);
      if (length === undefined || this.contentLength !== undefined) this.trouble ??= 'a wrong or second content-length';
      else this.contentLength = length;
    } else if (kind === NAME.te) {
      if (value.text !== 'trailers') this.trouble ??= 'te other than trailers';
    } else if (kind === NAME.host) {
      if (this.hasHost) this.trouble ??= 'host twice';
      if (!isAuthority(value.text)) this.trouble ??= `host ${JSON.stringify(value.text.slice(0, 50))}`;
      this.hasHost = true;
      this.host = value.text;
    } else if (kind === NAME.connectionSpecific) {
      this.trouble ??= `${name.text}, which belongs to HTTP/1.1`;
    } else {
      this.trouble ??= `field name ${JSON.stringify(name.text.slice(0, 50))}`;
    }
    this.keep(name, value);
  }
}

/** @returns 0 when it is none */
export function statusOf(text: string): number {
  if (text === '200') return 200;
  return /^[1-9]\d\d$/.test(text) ? Number(text) : 0;
}

function lengthOf(text: string): number | undefined {
  if (text === '0') return 0;
  const length = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  return length < 0 ? undefined : length;
}
