import { endpoint, POST, take } from './testing/recorder.ts';
import {
  begunClient,
  begunServer,
  block,
  feed,
  frame,
  framesOf,
  PREFACE,
  REQUEST,
  SETTINGS_ACK,
} from './testing/wire.ts';

describe('SETTINGS_HEADER_TABLE_SIZE', () => {
  it('of ours below the default holds only once the peer acknowledged it', () => {
    const server = endpoint('server', { limits: { headerTableBytes: 0 } });
    // Both literals go into the table of 4,096 bytes that the client still has.
    const first = [...block(POST.slice(0, 6)), 0x41, 1, 97];
    const second = [...block(POST.slice(0, 6)), 0xbe];
    feed(server, [...PREFACE, ...frame(1, 5, 1, first), ...frame(1, 5, 3, second)]);
    expect(server.told.lines).toContain('head 3 POST / end');
    feed(server, [...SETTINGS_ACK, ...frame(1, 5, 5, [0x20, ...REQUEST])]);
    expect(server.told.lines).toContain('head 5 POST / end');
    feed(server, frame(1, 5, 7, second));
    expect(server.told.error?.message).toMatch(/^COMPRESSION_ERROR/);
  });

  it('of ours below the default must be confirmed by the block after the acknowledgement (RFC 9113 4.3.1)', () => {
    const server = begunServer({ limits: { headerTableBytes: 100 } });
    feed(server, frame(1, 5, 1, REQUEST));
    expect(server.told.error?.message).toMatch(/^COMPRESSION_ERROR.*4.3.1/);
  });

  it('of the peer that falls and rises in one frame is told by both sizes (RFC 7541 4.2)', () => {
    const client = begunClient();
    client.connection.open([...POST, 'x-kept', 'a'], true, 'mine');
    take(client);
    feed(client, frame(4, 0, 0, [0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 16, 0]));
    client.connection.open([...POST, 'x-kept', 'a'], true, 'mine');
    // 0x20: nothing; 0x3fe11f: 4,096 again.
    expect(framesOf([...take(client)])[0]).toMatch(/^HEADERS 3 5 203fe11f/);
  });
});
