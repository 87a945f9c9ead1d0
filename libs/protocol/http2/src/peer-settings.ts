import { Http2ConnectionError } from './connection-error.ts';
import { ERROR_CODE, FRAME_BYTES_LIMIT, FRAME_BYTES_MIN, SETTING, uint16, uint32, WINDOW_MAX } from './frame.ts';

/** What one SETTINGS frame changes; of a setting that comes twice the last counts (RFC 9113, section 6.5). */
export interface PeerSettings {
  /** The smallest and the last: an encoder tells both (RFC 7541, section 4.2). */
  headerTableSizes: readonly number[];
  maxConcurrentStreams?: number;
  initialWindowSize?: number;
  maxFrameSize?: number;
  extendedConnect?: boolean;
}

/** @throws Http2ConnectionError for values that no peer may set (section 6.5.2) */
export function readSettings(bytes: Uint8Array, start: number, end: number, fromServer: boolean): PeerSettings {
  const settings: PeerSettings = { headerTableSizes: [] };
  let smallest = Infinity;
  for (let at = start; at < end; at += 6) {
    const value = uint32(bytes, at + 2);
    switch (uint16(bytes, at)) {
      case SETTING.headerTableSize:
        smallest = Math.min(smallest, value);
        settings.headerTableSizes = [smallest, value];
        break;
      case SETTING.enablePush:
        if (value > 1 || (fromServer && value === 1)) refuse(ERROR_CODE.protocolError, 'ENABLE_PUSH', value);
        break;
      case SETTING.maxConcurrentStreams:
        settings.maxConcurrentStreams = value;
        break;
      case SETTING.initialWindowSize:
        if (value > WINDOW_MAX) refuse(ERROR_CODE.flowControlError, 'INITIAL_WINDOW_SIZE', value);
        settings.initialWindowSize = value;
        break;
      case SETTING.maxFrameSize:
        if (value < FRAME_BYTES_MIN || value > FRAME_BYTES_LIMIT) {
          refuse(ERROR_CODE.protocolError, 'MAX_FRAME_SIZE', value);
        }
        settings.maxFrameSize = value;
        break;
      case SETTING.enableConnectProtocol:
        if (value > 1) refuse(ERROR_CODE.protocolError, 'ENABLE_CONNECT_PROTOCOL', value);
        settings.extendedConnect = value === 1;
        break;
      default:
      // Unknown ones are ignored (section 6.5.2), and MAX_HEADER_LIST_SIZE is advice.
    }
  }
  return settings;
}

function refuse(code: number, name: string, value: number): never {
  throw new Http2ConnectionError(code, `SETTINGS_${name} of ${value}`);
}
