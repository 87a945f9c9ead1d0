import { Http2ConnectionError } from './connection-error.ts';
import type { Http2Events } from './events.ts';
import type { FloodGuard } from './flood-guard.ts';
import { ERROR_CODE, FLAG, STREAM_ID_MAX, uint31, uint32, type ErrorCode } from './frame.ts';
import type { HpackDecoder } from './hpack/decoder.ts';
import type { Latin1 } from './hpack/token-cache.ts';
import type { Http2Limits } from './limits.ts';
import type { Lifecycle } from './lifecycle.ts';
import { readSettings } from './peer-settings.ts';
import { SENT_FRAME_BYTES_MAX, type Sender } from './sender.ts';
import type { StreamTable } from './stream-table.ts';

export interface ConnectionParts<Context> {
  readonly isServer: boolean;
  readonly streams: StreamTable<Context>;
  readonly sender: Sender<Context>;
  readonly lifecycle: Lifecycle<Context>;
  readonly events: Http2Events<Context>;
  readonly floods: FloodGuard;
  readonly limits: Http2Limits;
  readonly latin1: Latin1;
  readonly drainPing: Uint8Array;
}

/** How much of a peer's text is read. */
const GOAWAY_TEXT_MAX = 1_024;

/** SETTINGS, PING and GOAWAY: the frames that concern a connection as a whole (RFC 9113, sections 6.5, 6.7 and 6.8). */
export class ConnectionFrames<Context> {
  /** Our SETTINGS are to be acknowledged by then, ms; undefined once they are. */
  settingsDeadline: number | undefined;
  /** SETTINGS_MAX_CONCURRENT_STREAMS of the peer; there is no limit until it says so. */
  peerStreamsMax = STREAM_ID_MAX;
  /** The peer takes extended CONNECT (RFC 8441). */
  hasExtendedConnect = false;
  private readonly parts: ConnectionParts<Context>;
  private readonly decoder: HpackDecoder;

  constructor(parts: ConnectionParts<Context>, decoder: HpackDecoder, settingsDeadline: number) {
    this.parts = parts;
    this.decoder = decoder;
    this.settingsDeadline = settingsDeadline;
  }

  /** @returns whether the window of streams changed */
  settings(flags: number, stream: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { sender, events, isServer, floods } = this.parts;
    const length = end - start;
    if (stream !== 0) fail(ERROR_CODE.protocolError, 'SETTINGS on a stream');
    floods.spendOverhead();
    if ((flags & FLAG.ack) !== 0) {
      if (length !== 0) fail(ERROR_CODE.frameSizeError, 'an acknowledgement of SETTINGS with a payload');
      if (this.settingsDeadline !== undefined) this.applySettings();
      return false;
    }
    if (length % 6 !== 0) fail(ERROR_CODE.frameSizeError, `SETTINGS of ${length} bytes`);
    const settings = readSettings(bytes, start, end, !isServer);
    for (const size of settings.headerTableSizes) sender.encoder.resize(size);
    if (settings.maxConcurrentStreams !== undefined) this.peerStreamsMax = settings.maxConcurrentStreams;
    if (settings.maxFrameSize !== undefined) {
      sender.frameBytesMax = Math.min(settings.maxFrameSize, SENT_FRAME_BYTES_MAX);
    }
    if (settings.extendedConnect !== undefined) this.offerExtendedConnect(settings.extendedConnect);
    sender.acknowledgeSettings();
    const changed = settings.initialWindowSize !== undefined;
    if (settings.initialWindowSize !== undefined) this.resizeWindows(settings.initialWindowSize);
    events.onSettings();
    return changed;
  }

  ping(flags: number, stream: number, bytes: Uint8Array, start: number, end: number): void {
    const { sender, lifecycle, events, drainPing, floods } = this.parts;
    if (stream !== 0) fail(ERROR_CODE.protocolError, 'PING on a stream');
    if (end - start !== 8) fail(ERROR_CODE.frameSizeError, 'a PING that has not 8 bytes');
    if ((flags & FLAG.ack) === 0) {
      floods.spendOverhead();
      sender.ping(bytes, start, true);
    } else if (drainPing.every((byte, index) => byte === bytes[start + index])) {
      lifecycle.finishDrain();
    } else {
      events.onPong(bytes, start);
    }
  }

  goaway(stream: number, bytes: Uint8Array, start: number, end: number): void {
    const { lifecycle, events, latin1, isServer, floods } = this.parts;
    if (stream !== 0) fail(ERROR_CODE.protocolError, 'GOAWAY on a stream');
    if (end - start < 8) fail(ERROR_CODE.frameSizeError, 'a GOAWAY of less than 8 bytes');
    floods.spendOverhead();
    const last = uint31(bytes, start);
    const text = latin1(bytes, start + 8, Math.min(end, start + 8 + GOAWAY_TEXT_MAX));
    const code = uint32(bytes, start + 4);
    if (isServer) {
      events.onGoaway(last, code, text);
      return;
    }
    lifecycle.goAway(() => {
      events.onGoaway(last, code, text);
      lifecycle.closeAfter(last);
    });
  }

  /** What we asked for holds from now on. */
  private applySettings(): void {
    this.settingsDeadline = undefined;
    this.decoder.resize(this.parts.limits.headerTableBytes);
    this.parts.lifecycle.applySettings();
  }

  private offerExtendedConnect(isOffered: boolean): void {
    if (this.hasExtendedConnect && !isOffered) {
      fail(ERROR_CODE.protocolError, 'extended CONNECT, taken back (RFC 8441, section 3)');
    }
    this.hasExtendedConnect = isOffered;
  }

  private resizeWindows(bytes: number): void {
    const { sender, streams } = this.parts;
    const delta = bytes - sender.initialWindow;
    sender.initialWindow = bytes;
    for (const id of delta === 0 ? [] : streams.all()) {
      const slot = streams.slot(id);
      if (slot >= 0 && !sender.widen(slot, delta)) fail(ERROR_CODE.flowControlError, 'a window over 2^31 - 1');
    }
  }
}

function fail(code: ErrorCode, why: string): never {
  throw new Http2ConnectionError(code, why);
}
