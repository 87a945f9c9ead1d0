/** Frame types (RFC 9113, section 6). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Why a stream or connection ended (RFC 9113, section 7). */
export const ERROR_CODE = {
  noError: 0x0,
  protocolError: 0x1,
  internalError: 0x2,
  flowControlError: 0x3,
  settingsTimeout: 0x4,
  streamClosed: 0x5,
  frameSizeError: 0x6,
  refusedStream: 0x7,
  cancel: 0x8,
  compressionError: 0x9,
  connectError: 0xa,
  enhanceYourCalm: 0xb,
  inadequateSecurity: 0xc,
  http11Required: 0xd,
} as const;

/** One of `ERROR_CODE`, or one that the peer made up. */
export type ErrorCode = number;

export const SETTING = {
  headerTableSize: 0x1,
  enablePush: 0x2,
  maxConcurrentStreams: 0x3,
  initialWindowSize: 0x4,
  maxFrameSize: 0x5,
  maxHeaderListSize: 0x6,
  /** RFC 8441 */
  enableConnectProtocol: 0x8,
} as const;

/** `PROTOCOL_ERROR` for 1: what logs and people read. */
export function errorCodeName(code: ErrorCode): string {
  const [name] = Object.entries(ERROR_CODE).find(([, value]) => value === code) ?? [`0x${code.toString(16)}`];
  return name.replace(/[A-Z]/g, (capital) => `_${capital}`).toUpperCase();
}

export const FRAME_HEADER_BYTES = 9;
/** Every peer takes frames of this size, and nobody larger ones unless it said so (section 4.2). */
export const FRAME_BYTES_MIN = 16_384;
export const FRAME_BYTES_LIMIT = 16_777_215;
export const WINDOW_MAX = 0x7f_ff_ff_ff;
export const WINDOW_DEFAULT = 65_535;
export const STREAM_ID_MAX = 0x7f_ff_ff_ff;
/** What a client says first (section 3.4). */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

export const uint16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

export const uint24 = (bytes: Uint8Array, at: number): number => (uint16(bytes, at) << 8) | (bytes[at + 2] ?? 0);

export const uint31 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) & 0x7f) << 24) | uint24(bytes, at + 1);

export const uint32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) * 0x1_00_00_00 + uint24(bytes, at + 1);
