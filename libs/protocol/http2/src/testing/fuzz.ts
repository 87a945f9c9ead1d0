import type { StreamId } from '../events.ts';
import { uint24, uint31 } from '../frame.ts';
import { DEFAULT_LIMITS, type Http2Limits } from '../limits.ts';
import { ClientScript } from './client-script.ts';
import { endpoint, GET, POST, take, type Endpoint } from './recorder.ts';
import { Seeded } from './seeded.ts';
import { serverFrame } from './server-script.ts';
import { EMPTY_SETTINGS, PREFACE } from './wire.ts';

const LIMITS: Partial<Http2Limits> = { concurrentStreams: 8, streamWindowBytes: 40_000, connectionWindowBytes: 70_000 };
const CONTENT = new Uint8Array(60_000);
const WINDOW_DEFAULT = 65_535;

/** A user who does anything that the interface lets him, chosen by the seed. @returns the streams that it has content for */
function whims(seeded: Seeded, { connection, told }: Endpoint, isServer: boolean): Set<StreamId> {
  const sendable = new Set<StreamId>();
  const answered = new Set<StreamId>();
  const answer = (stream: StreamId, isAll: boolean): void => {
    if (answered.has(stream)) return;
    answered.add(stream);
    connection.head(stream, [':status', '200'], isAll);
    if (!isAll) sendable.add(stream);
  };
  const act = (stream: StreamId): void => {
    const choice = seeded.below(12);
    if (choice < 3 && isServer) answer(stream, seeded.once(2));
    else if (choice === 3) connection.reset(stream, seeded.below(14));
    else if (choice === 4 && !isServer) connection.open(seeded.once(2) ? GET : POST, seeded.once(2), 'again');
    else if (choice === 5 && seeded.once(4)) connection.drain();
    else if (choice === 6 && seeded.once(6)) connection.close();
    else if (choice === 7 && seeded.once(6)) connection.abort(2, 'a whim');
    else if (choice > 8) send(stream);
  };
  const send = (stream: StreamId): void => {
    if (!sendable.has(stream)) return;
    if (seeded.once(4)) connection.trailers(stream, ['x', 'y']);
    else connection.data(stream, CONTENT, 0, seeded.below(CONTENT.length), seeded.once(3));
  };
  told.onRequest = (stream): void => {
    if (isServer && seeded.once(2)) {
      answer(stream, false);
      send(stream);
    } else act(stream);
  };
  told.onBytes = (stream, bytes): void => {
    if (!seeded.once(4)) connection.consume(stream, bytes);
    else act(stream);
  };
  told.onRoom = send;
  told.onRequestEnd = (stream): void => {
    if (sendable.has(stream)) send(stream);
  };
  return sendable;
}

/** What was written, held against what was announced. */
class Ledger {
  private announced = WINDOW_DEFAULT;
  private granted = WINDOW_DEFAULT;
  private sent = 0;
  private received = 0;

  /** @returns what is wrong */
  written(bytes: Uint8Array, limit: number): string | undefined {
    for (const [type, stream, payload] of split(bytes)) {
      if (type === 0) this.sent += payload.length;
      if (type === 8 && stream === 0) this.announced += uint31(payload, 0);
    }
    if (this.sent > this.granted) return `${this.sent} bytes of content where ${this.granted} are allowed`;
    const open = this.announced - this.received;
    return open > limit ? `a window of ${open}, the limit is ${limit}` : undefined;
  }

  read(bytes: Uint8Array): void {
    for (const [type, stream, payload] of split(bytes)) {
      if (type === 0) this.received += payload.length;
      if (type === 8 && stream === 0) this.granted += uint31(payload, 0);
    }
  }
}

function* split(bytes: Uint8Array): Generator<readonly [type: number, stream: number, payload: Uint8Array]> {
  for (let at = 0; at + 9 <= bytes.length;) {
    const length = uint24(bytes, at);
    yield [bytes[at + 3] ?? 0, uint31(bytes, at + 5), bytes.subarray(at + 9, at + 9 + length)];
    at += 9 + length;
  }
}

/** Some of the frames in one read. */
function joined(seeded: Seeded, chunks: readonly (readonly number[])[]): number[][] {
  const reads: number[][] = [];
  for (const chunk of chunks) {
    const last = reads.at(-1);
    if (last === undefined || seeded.once(4)) reads.push([...chunk]);
    else for (const byte of chunk) last.push(byte);
  }
  return reads;
}

/** Feeds in pieces that the seed cuts. @returns what does not hold */
function run(seeded: Seeded, fuzzed: Endpoint, chunks: readonly (readonly number[])[], opened: () => number): string[] {
  const { connection, told } = fuzzed;
  const wrong: string[] = [];
  const ledger = new Ledger();
  let now = 0;
  for (const chunk of joined(seeded, chunks)) {
    const bytes = Uint8Array.from(chunk);
    ledger.read(chunk[0] === 80 ? bytes.subarray(24) : bytes);
    for (let at = 0; at < chunk.length;) {
      const end = seeded.once(3) ? Math.min(chunk.length, at + 1 + seeded.below(20)) : chunk.length;
      connection.receive(Uint8Array.from(chunk), at, end, (now += 10));
      at = end;
    }
    if (connection.streamCount > 8) wrong.push(`${connection.streamCount} streams`);
    if (connection.output.length > DEFAULT_LIMITS.unreadOutputBytes + 100_000) wrong.push('output without bound');
    const what = seeded.once(3) ? undefined : ledger.written(take(fuzzed), 70_000);
    if (what !== undefined) wrong.push(what);
  }
  connection.expire(now + DEFAULT_LIMITS.settingsAckMs + 1);
  connection.close();
  const closes = told.lines.filter((line) => line.startsWith('close ')).map((line) => line.split(' ')[1]);
  if (new Set(closes).size !== closes.length) wrong.push('a stream was closed twice');
  if (closes.length !== opened()) wrong.push(`${opened()} streams, ${closes.length} closed`);
  if (connection.streamCount !== 0) wrong.push('a stream is left');
  if (told.lines.filter((line) => line.startsWith('error')).length > 1) wrong.push('two errors');
  if (told.lines.length > 2_000) wrong.push('events without bound');
  return wrong;
}

/** @param seeds made anew for each role; a failure names its seed */
export function describeFuzz(seeds: () => Iterable<number>, timeoutMs?: number): void {
  describe('whatever a peer sends and a user does', () => {
    it(
      'a server throws nothing, holds its bounds and closes each stream once',
      () => {
        for (const seed of seeds()) {
          const seeded = new Seeded(seed);
          const server = endpoint('server', { limits: LIMITS });
          take(server);
          whims(seeded, server, true);
          const steps = new ClientScript(seeded, 16_000).steps(1 + seeded.below(80), seeded.pick([2, 4, 8, 0]));
          const chunks = steps.flatMap((step) => (step.kind === 'bytes' ? [step.bytes] : []));
          const opened = (): number => server.told.lines.filter((line) => line.startsWith('head')).length;
          expect({ seed, wrong: run(seeded, server, chunks, opened) }).toEqual({ seed, wrong: [] });
        }
      },
      timeoutMs,
    );

    it(
      'a client throws nothing, holds its bounds and closes each stream once',
      () => {
        for (const seed of seeds()) {
          const seeded = new Seeded(seed);
          const client = endpoint('client', { limits: LIMITS });
          let opened = 0;
          const { connection } = client;
          const open = connection.open.bind(connection);
          connection.open = (...call): StreamId | undefined => {
            const stream = open(...call);
            if (stream !== undefined) opened += 1;
            return stream;
          };
          const sendable = whims(seeded, client, false);
          for (let streams = seeded.below(6); streams >= 0; streams -= 1) {
            const stream = connection.open(POST, seeded.once(2), 'mine');
            if (stream === undefined) continue;
            connection.data(stream, CONTENT, 0, CONTENT.length, seeded.once(2));
            sendable.add(stream);
          }
          const first = [...take(client)].slice(PREFACE.length - EMPTY_SETTINGS.length);
          expect(first[3]).toBe(4);
          const chunks = [[...EMPTY_SETTINGS], ...Array.from({ length: seeded.below(50) }, () => serverFrame(seeded))];
          expect({ seed, wrong: run(seeded, client, chunks, () => opened) }).toEqual({ seed, wrong: [] });
        }
      },
      timeoutMs,
    );
  });
}
