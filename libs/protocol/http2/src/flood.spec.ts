import { DEFAULT_LIMITS } from './limits.ts';
import { endpoint, GET, POST, take, type Endpoint } from './testing/recorder.ts';
import { block, feed, frame, PREFACE, REQUEST, SETTINGS_ACK, WHOLE } from './testing/wire.ts';

function server(): Endpoint {
  const attacked = endpoint('server');
  feed(attacked, PREFACE);
  return attacked;
}

/** How many of these it takes to be cut off; 0: it is not. */
function until(
  attacked: Endpoint,
  attempts: number,
  attack: (stream: number) => readonly number[],
  everyMs = 0,
  reads = true,
): number {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const bytes = Uint8Array.from(attack(attempt * 2 - 1));
    attacked.connection.receive(bytes, 0, bytes.length, attempt * everyMs);
    if (reads) take(attacked);
    if (attacked.told.error !== undefined) return attempt;
  }
  return 0;
}

describe('a flood ends the connection with ENHANCE_YOUR_CALM', () => {
  const overhead = DEFAULT_LIMITS.overheadFrames;
  it.each([
    ['PING (CVE-2019-9512)', (): number[] => frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8])],
    ['SETTINGS (CVE-2019-9515)', (): number[] => frame(4, 0, 0, [])],
    ['PRIORITY (CVE-2019-9513)', (): number[] => frame(2, 0, 3, [0, 0, 0, 1, 5])],
    ['frames of unknown types', (): number[] => frame(99, 0, 0, [])],
    ['WINDOW_UPDATE of one byte', (): number[] => frame(8, 0, 0, [0, 0, 0, 1])],
  ])('%s', (_, attack) => {
    const attacked = server();
    const cut = until(attacked, overhead + 10, attack);
    expect(attacked.told.error?.message).toMatch(/^ENHANCE_YOUR_CALM/);
    expect(cut).toBeGreaterThan(overhead - 10);
    expect(take(attacked).length).toBe(0);
  });

  it('empty DATA (CVE-2019-9518)', () => {
    const attacked = server();
    feed(attacked, frame(1, 4, 1, REQUEST));
    expect(until(attacked, overhead + 10, () => frame(0, 0, 1))).toBeGreaterThan(overhead - 10);
    expect(attacked.told.lines).toContain('close 1 ENHANCE_YOUR_CALM');
  });

  it('rapid reset (CVE-2023-44487): streams opened and reset before their answer', () => {
    const attacked = server();
    const cut = until(attacked, 5_000, (stream) => [
      ...frame(1, 5, stream, WHOLE),
      ...frame(3, 0, stream, [0, 0, 0, 8]),
    ]);
    expect(cut).toBe(DEFAULT_LIMITS.resets + 1);
  });

  it('made-you-reset (CVE-2025-8671): streams that the peer makes us reset', () => {
    const attacked = server();
    const cut = until(attacked, 5_000, (stream) => [
      ...frame(1, 4, stream, REQUEST),
      ...frame(8, 0, stream, [0, 0, 0, 0]),
    ]);
    expect(cut).toBe(DEFAULT_LIMITS.resets + 1);
  });

  it('CONTINUATION without end (CVE-2024-27316), empty or not', () => {
    for (const payload of [[], [0x82]]) {
      const attacked = server();
      feed(attacked, frame(1, 0, 1, WHOLE));
      expect(until(attacked, 100, () => frame(9, 0, 1, payload))).toBe(DEFAULT_LIMITS.continuations + 1);
    }
    const attacked = server();
    const fields = new Array<number>(16_000).fill(0x82);
    feed(attacked, frame(1, 0, 1, fields));
    expect(until(attacked, 100, () => frame(9, 0, 1, fields))).toBe(2);
  });

  it('answers that are caused and never read', () => {
    const attacked = endpoint('server', { limits: { overheadFrames: 1_000_000 } });
    feed(attacked, PREFACE);
    const cut = until(attacked, 100_000, () => frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]), 0, false);
    expect(cut).toBeGreaterThan(60_000);
    expect(attacked.connection.output.bytes.length).toBeLessThan(4 * DEFAULT_LIMITS.unreadOutputBytes);
  });
});

describe('no flood', () => {
  it('is a client that pings every 10 ms, or resets as many streams as it lets end', () => {
    const pinged = server();
    expect(until(pinged, 10_000, () => frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]), 10)).toBe(0);
    const halved = server();
    halved.told.onRequest = (stream): void => {
      if (stream % 4 === 1) halved.connection.head(stream, [':status', '204'], true);
    };
    const attack = (stream: number): number[] => [
      ...frame(1, 5, stream, WHOLE),
      ...(stream % 4 === 1 ? [] : frame(3, 0, stream, [0, 0, 0, 8])),
    ];
    expect(until(halved, 10_000, attack)).toBe(0);
  });

  it('is one stream more than allowed: it is refused, and may come again', () => {
    const attacked = server();
    for (let stream = 1; stream < 128 * 2; stream += 2) feed(attacked, frame(1, 4, stream, REQUEST));
    expect(attacked.connection.streamCount).toBe(128);
    attacked.connection.receive(Uint8Array.from(frame(1, 4, 257, REQUEST)), 0, 9 + REQUEST.length, 0);
    expect([...take(attacked)]).toEqual(frame(3, 0, 257, [0, 0, 0, 7]));
    expect(attacked.told.error).toBeUndefined();
  });

  it('is a header list bomb: 431, whatever one byte may stand for', () => {
    const attacked = server();
    const value = 'a'.repeat(3_000);
    const literal = [0x40, 1, 0x62, 0x7f, 0xb9, 0x16, ...Buffer.from(value)];
    const bomb = frame(1, 5, 1, [...WHOLE, ...literal, ...new Array<number>(8_000).fill(0xbe)]);
    attacked.connection.receive(Uint8Array.from(bomb), 0, bomb.length, 0);
    const answer = take(attacked);
    expect(attacked.told.lines).toEqual(['settings']);
    expect(answer[3]).toBe(1);
    expect(attacked.connection.streamCount).toBe(0);
    feed(attacked, frame(1, 5, 3, WHOLE));
    expect(attacked.told.lines.at(-1)).toBe('end 3');
  });
});

describe('a connection error', () => {
  it.each<readonly [string, RegExp, number[]]>([
    ['no preface', /^PROTOCOL_ERROR.*preface/, [...Buffer.from('GET / HTTP/1.1\r\n')]],
    ['a first frame other than SETTINGS', /^PROTOCOL_ERROR.*first/, [...PREFACE.slice(0, 24), ...frame(6, 0, 0, [])]],
    ['a frame over 16 KiB', /^FRAME_SIZE_ERROR/, [...PREFACE, 0, 64, 1, 99, 0, 0, 0, 0, 0]],
    ['DATA on stream 0', /^PROTOCOL_ERROR.*idle/, [...PREFACE, ...frame(0, 0, 0, [1])]],
    ['DATA on an idle stream', /^PROTOCOL_ERROR.*idle/, [...PREFACE, ...frame(0, 0, 1, [1])]],
    ['RST_STREAM on an idle stream', /^PROTOCOL_ERROR.*idle/, [...PREFACE, ...frame(3, 0, 1, [0, 0, 0, 8])]],
    ['WINDOW_UPDATE on an idle stream', /^PROTOCOL_ERROR.*idle/, [...PREFACE, ...frame(8, 0, 1, [0, 0, 9, 9])]],
    ['HEADERS on stream 0', /^PROTOCOL_ERROR/, [...PREFACE, ...frame(1, 5, 0, WHOLE)]],
    ['HEADERS on an even stream', /^PROTOCOL_ERROR/, [...PREFACE, ...frame(1, 5, 2, WHOLE)]],
    ['a stream id that goes back', /^PROTOCOL_ERROR/, [...PREFACE, ...frame(1, 5, 5, WHOLE), ...frame(1, 5, 3, WHOLE)]],
    ['CONTINUATION without HEADERS', /^PROTOCOL_ERROR/, [...PREFACE, ...frame(9, 4, 1, [])]],
    [
      'another frame within a header block',
      /^PROTOCOL_ERROR/,
      [...PREFACE, ...frame(1, 0, 1, WHOLE), ...frame(6, 0, 0, [])],
    ],
    ['padding over the frame, HEADERS', /^PROTOCOL_ERROR.*padding/, [...PREFACE, ...frame(1, 13, 1, [200, ...WHOLE])]],
    [
      'padding over the frame, DATA',
      /^PROTOCOL_ERROR.*padding/,
      [...PREFACE, ...frame(1, 4, 1, REQUEST), ...frame(0, 8, 1, [9, 1])],
    ],
    ['PUSH_PROMISE', /^PROTOCOL_ERROR/, [...PREFACE, ...frame(5, 4, 1, [0, 0, 0, 2])]],
    ['PING of 7 bytes', /^FRAME_SIZE_ERROR/, [...PREFACE, ...frame(6, 0, 0, [1, 2, 3, 4, 5, 6, 7])]],
    ['PING on a stream', /^PROTOCOL_ERROR/, [...PREFACE, ...frame(6, 0, 1, [1, 2, 3, 4, 5, 6, 7, 8])]],
    ['SETTINGS of 5 bytes', /^FRAME_SIZE_ERROR/, [...PREFACE, ...frame(4, 0, 0, [0, 1, 0, 0, 0])]],
    ['SETTINGS on a stream', /^PROTOCOL_ERROR/, [...PREFACE, ...frame(4, 0, 1, [])]],
    ['an acknowledgement with a payload', /^FRAME_SIZE_ERROR/, [...PREFACE, ...frame(4, 1, 0, [0, 1, 0, 0, 0, 0])]],
    ['ENABLE_PUSH of 2', /^PROTOCOL_ERROR/, [...PREFACE, ...frame(4, 0, 0, [0, 2, 0, 0, 0, 2])]],
    ['a window over 2^31 - 1', /^FLOW_CONTROL_ERROR/, [...PREFACE, ...frame(4, 0, 0, [0, 4, 128, 0, 0, 0])]],
    ['MAX_FRAME_SIZE of 1', /^PROTOCOL_ERROR/, [...PREFACE, ...frame(4, 0, 0, [0, 5, 0, 0, 0, 1])]],
    ['WINDOW_UPDATE of 0 on the connection', /^PROTOCOL_ERROR/, [...PREFACE, ...frame(8, 0, 0, [0, 0, 0, 0])]],
    [
      'a window of the connection that overflows',
      /^FLOW_CONTROL_ERROR/,
      [...PREFACE, ...frame(8, 0, 0, [127, 255, 255, 255])],
    ],
    [
      'RST_STREAM of 3 bytes',
      /^FRAME_SIZE_ERROR/,
      [...PREFACE, ...frame(1, 4, 1, REQUEST), ...frame(3, 0, 1, [0, 0, 8])],
    ],
    ['GOAWAY of 7 bytes', /^FRAME_SIZE_ERROR/, [...PREFACE, ...frame(7, 0, 0, [0, 0, 0, 0, 0, 0, 0])]],
    ['a header block that does not decode', /^COMPRESSION_ERROR/, [...PREFACE, ...frame(1, 5, 1, [0x80])]],
  ])('is %s', (_, message, bytes) => {
    const attacked = endpoint('server');
    attacked.connection.receive(Uint8Array.from(bytes), 0, bytes.length, 0);
    expect(attacked.told.error?.message).toMatch(message);
    const out = take(attacked);
    const goaway = Buffer.from(out).lastIndexOf(Buffer.from([7, 0, 0, 0, 0, 0]));
    expect(goaway).toBeGreaterThan(0);
    expect(out[goaway + 13]).toBe(attacked.told.error?.errorCode);
    attacked.connection.receive(Uint8Array.from(bytes), 0, bytes.length, 0);
    expect(take(attacked).length).toBe(0);
  });
});

describe('a stream error leaves the connection as it is', () => {
  const withFields = (fields: readonly string[]): number[] => frame(1, 5, 1, block(fields));
  const malformed = (name: string, fields: readonly string[]): readonly [string, number, number[]] => [
    name,
    1,
    withFields(fields),
  ];
  const [, , ...rest] = GET;
  it.each<readonly [string, number, number[]]>([
    malformed('no :method', rest),
    malformed('no :path', GET.slice(0, 4)),
    malformed('an empty :path', [...GET.slice(0, 4), ':path', '', ':authority', 'a']),
    malformed('neither :authority nor host', GET.slice(0, 6)),
    malformed('a pseudo-header field after others', [...GET.slice(0, 4), 'a', 'b', ...GET.slice(4)]),
    malformed('a pseudo-header field twice', [...GET, ':path', '/']),
    malformed('an undefined pseudo-header field', [...GET, ':other', 'x']),
    malformed('a response field', [...GET, ':status', '200']),
    malformed('capitals in a name', [...GET, 'Accept', 'x']),
    malformed('a field of HTTP/1.1', [...GET, 'connection', 'close']),
    malformed('te other than trailers', [...GET, 'te', 'gzip']),
    malformed('a value with a line feed', [...GET, 'a', 'b\nc: d']),
    malformed('a value with white space around it', [...GET, 'a', ' b']),
    malformed('a host that is not :authority', [...GET, 'host', 'other']),
    malformed('content-length without content', [...GET, 'content-length', '3']),
    malformed('CONNECT with :path', [':method', 'CONNECT', ...rest]),
    [
      'less content than content-length',
      1,
      [...frame(1, 4, 1, block([...POST, 'content-length', '3'])), ...frame(0, 1, 1, [1])],
    ],
    [
      'more content than content-length',
      1,
      [...frame(1, 4, 1, block([...POST, 'content-length', '1'])), ...frame(0, 1, 1, [1, 2])],
    ],
    ['trailers that do not end the stream', 1, [...frame(1, 4, 1, REQUEST), ...frame(1, 4, 1, block(['a', 'b']))]],
    ['pseudo-header fields in trailers', 1, [...frame(1, 4, 1, REQUEST), ...frame(1, 5, 1, WHOLE)]],
    ['DATA after END_STREAM', 5, [...frame(1, 5, 1, WHOLE), ...frame(0, 0, 1, [1])]],
    ['HEADERS after END_STREAM', 5, [...frame(1, 5, 1, WHOLE), ...frame(1, 5, 1, block(['a', 'b']))]],
    ['WINDOW_UPDATE of 0', 1, [...frame(1, 4, 1, REQUEST), ...frame(8, 0, 1, [0, 0, 0, 0])]],
    ['a window that overflows', 3, [...frame(1, 4, 1, REQUEST), ...frame(8, 0, 1, [127, 255, 255, 255])]],
    ['PRIORITY of 4 bytes', 6, [...frame(1, 4, 1, REQUEST), ...frame(2, 0, 1, [0, 0, 0, 0])]],
  ])('%s', (_, code, bytes) => {
    const attacked = server();
    attacked.connection.receive(Uint8Array.from(bytes), 0, bytes.length, 0);
    expect([...take(attacked)].slice(-13)).toEqual(frame(3, 0, 1, [0, 0, 0, code]));
    expect(attacked.told.error).toBeUndefined();
    feed(attacked, frame(1, 5, 3, WHOLE));
    expect(attacked.told.lines.at(-1)).toBe('end 3');
  });

  it('takes data no further than its window', () => {
    const attacked = endpoint('server', { limits: { streamWindowBytes: 100 } });
    feed(attacked, [...PREFACE, ...SETTINGS_ACK, ...frame(1, 4, 1, REQUEST), ...frame(0, 0, 1, new Uint8Array(100))]);
    attacked.connection.receive(Uint8Array.from(frame(0, 0, 1, [1])), 0, 10, 0);
    expect([...take(attacked)]).toEqual(frame(3, 0, 1, [0, 0, 0, 3]));
  });

  it('takes data no further than the window of the connection', () => {
    const attacked = endpoint('server', { limits: { connectionWindowBytes: 65_535 } });
    feed(attacked, [...PREFACE, ...frame(1, 4, 1, REQUEST)]);
    for (let sent = 0; sent <= 65_535; sent += 16_000) feed(attacked, frame(0, 0, 1, new Uint8Array(16_000)));
    expect(attacked.told.error?.message).toMatch(/^FLOW_CONTROL_ERROR/);
  });
});

it('ignores priorities, in HEADERS and of their own (RFC 9113 5.3.2)', () => {
  const attacked = server();
  feed(attacked, frame(2, 0, 1, [0, 0, 0, 1, 9]));
  feed(attacked, frame(1, 5 | 0x20, 1, [128, 0, 0, 0, 200, ...WHOLE]));
  feed(attacked, frame(2, 0, 1, [0, 0, 0, 3, 9]));
  expect(attacked.told.lines).toEqual(['settings', 'head 1 GET / end', 'end 1']);
});
