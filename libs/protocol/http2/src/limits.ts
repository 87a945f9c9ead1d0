import { assert } from '@portolan/kernel';
import { WINDOW_MAX } from './frame.ts';

/** What one peer may make a connection hold or do. Each bound says what happens past it; `flood.spec.ts` reaches each. */
export interface Http2Limits {
  /**
   * Streams of the peer at a time (SETTINGS_MAX_CONCURRENT_STREAMS). One more is refused (REFUSED_STREAM): the peer may send it again.
   * The stream table grows up to this.
   */
  readonly concurrentStreams: number;
  /**
   * A field section as the peer counts it: names, values and 32 bytes a field (SETTINGS_MAX_HEADER_LIST_SIZE). Past it a request is
   * answered 431; a response is reset.
   */
  readonly fieldSectionBytes: number;
  /** A header block as it came, over all its frames. Past it the connection ends (ENHANCE_YOUR_CALM): it must be decoded whole or not at all. */
  readonly headerBlockBytes: number;
  /** CONTINUATION frames of one block (CVE-2024-27316). Past it the connection ends. */
  readonly continuations: number;
  /** Dynamic table of the peer's encoder, in bytes (SETTINGS_HEADER_TABLE_SIZE). */
  readonly headerTableBytes: number;
  /** Bytes that a stream may send before its data is consumed (SETTINGS_INITIAL_WINDOW_SIZE). */
  readonly streamWindowBytes: number;
  /** Bytes that all streams together may send before their data is consumed: the most that a connection holds. */
  readonly connectionWindowBytes: number;
  /** Output that waits for the socket before data is no longer taken; the user is told when it is again. */
  readonly outputBytes: number;
  /**
   * Output that waits for the socket when the peer makes us answer (PING, SETTINGS, resets) and does not read. Past it the
   * connection ends (CVE-2019-9512, 9515, 9517).
   */
  readonly unreadOutputBytes: number;
  /**
   * Frames that carry nothing forward: PING, SETTINGS, PRIORITY, empty DATA, tiny WINDOW_UPDATE, unknown ones. Each message gives
   * one back and each second `overheadPerSecond`. Past it the connection ends (ENHANCE_YOUR_CALM).
   */
  readonly overheadFrames: number;
  readonly overheadPerSecond: number;
  /**
   * Streams that the peer opened and that ended by a reset before their answer, its own or one it provoked (CVE-2023-44487,
   * CVE-2025-8671). Each stream that ends well gives one back and each second `resetsPerSecond`. Past it the connection ends.
   */
  readonly resets: number;
  readonly resetsPerSecond: number;
  /** The peer has this long to acknowledge our SETTINGS, in milliseconds (SETTINGS_TIMEOUT). */
  readonly settingsAckMs: number;
}

/** Sizes as nghttp2, Go and Envoy have them by default; memory of one connection is at most a few windows. */
export const DEFAULT_LIMITS: Http2Limits = {
  concurrentStreams: 128,
  fieldSectionBytes: 16_384,
  headerBlockBytes: 32_768,
  continuations: 8,
  headerTableBytes: 4_096,
  streamWindowBytes: 262_144,
  connectionWindowBytes: 1_048_576,
  outputBytes: 262_144,
  unreadOutputBytes: 1_048_576,
  overheadFrames: 2_000,
  overheadPerSecond: 200,
  resets: 1_000,
  resetsPerSecond: 50,
  settingsAckMs: 10_000,
};

/** What the protocol itself allows of them. */
const BOUNDS = [
  ['concurrentStreams', 1, 1_000_000],
  ['fieldSectionBytes', 0, 0xff_ff_ff_ff],
  ['headerTableBytes', 0, 0xff_ff_ff],
  ['streamWindowBytes', 1, WINDOW_MAX],
  ['connectionWindowBytes', 1, WINDOW_MAX],
] as const satisfies readonly (readonly [keyof Http2Limits, number, number])[];

/** Limits come from the settings of an app, which are checked before: a wrong one here is a bug. */
export function checkLimits(limits: Http2Limits): void {
  for (const [name, min, max] of BOUNDS) {
    const value = limits[name];
    const isWithin = Number.isSafeInteger(value) && value >= min && value <= max;
    assert(isWithin, `${name} is ${value} and must be a whole number from ${min} to ${max}`);
  }
}
