import { isText } from './character.ts';

/** What a field name means to HTTP/1.1 itself. Those from `contentLength` on belong to one connection: a proxy forwards none of them. */
export const FIELD = {
  regular: 0,
  host: 1,
  expect: 2,
  contentLength: 3,
  transferEncoding: 4,
  connection: 5,
  upgrade: 6,
  te: 7,
  /** Keep-Alive, Proxy-Connection, Proxy-Authenticate, Proxy-Authorization. */
  hopByHop: 8,
  /** Named by Connection. */
  named: 9,
} as const;

export type FieldKind = (typeof FIELD)[keyof typeof FIELD];

export const isEndToEnd = (kind: number): boolean => kind < FIELD.contentLength;

/** Hot path: by length first, then by bytes. */
export function kindOf(bytes: Uint8Array, start: number, end: number): FieldKind {
  switch (end - start) {
    case 2:
      return isText(bytes, start, end, 'te') ? FIELD.te : FIELD.regular;
    case 4:
      return isText(bytes, start, end, 'host') ? FIELD.host : FIELD.regular;
    case 6:
      return isText(bytes, start, end, 'expect') ? FIELD.expect : FIELD.regular;
    case 7:
      return isText(bytes, start, end, 'upgrade') ? FIELD.upgrade : FIELD.regular;
    case 10:
      if (isText(bytes, start, end, 'connection')) return FIELD.connection;
      return isText(bytes, start, end, 'keep-alive') ? FIELD.hopByHop : FIELD.regular;
    case 14:
      return isText(bytes, start, end, 'content-length') ? FIELD.contentLength : FIELD.regular;
    case 16:
      return isText(bytes, start, end, 'proxy-connection') ? FIELD.hopByHop : FIELD.regular;
    case 17:
      return isText(bytes, start, end, 'transfer-encoding') ? FIELD.transferEncoding : FIELD.regular;
    case 18:
      return isText(bytes, start, end, 'proxy-authenticate') ? FIELD.hopByHop : FIELD.regular;
    case 19:
      return isText(bytes, start, end, 'proxy-authorization') ? FIELD.hopByHop : FIELD.regular;
    default:
      return FIELD.regular;
  }
}
