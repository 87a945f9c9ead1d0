import { HpackEncoder } from '../hpack/encoder.ts';
import { GET, POST } from './recorder.ts';
import type { Seeded } from './seeded.ts';
import { frame, PREFACE, SETTINGS_ACK } from './wire.ts';

/** What a client sends, a frame at a time, and what the server's user does between. */
export type Step =
  | { readonly kind: 'bytes'; readonly bytes: readonly number[] }
  | { readonly kind: 'respond'; readonly stream: number }
  | { readonly kind: 'reset'; readonly stream: number };

const EXTRA: readonly [readonly string[], ...(readonly string[])[]] = [
  [],
  ['x-a', 'b'],
  ['cookie', 'a=b', 'cookie', 'c=d'],
  ['te', 'trailers'],
  ['content-length', '5'],
  ['content-length', '0'],
];
/** What makes a request malformed (RFC 9113, section 8). */
const MALFORMED: readonly [readonly string[], ...(readonly string[])[]] = [
  ['te', 'gzip'],
  ['connection', 'close'],
  ['Upper', 'x'],
  ['x-a', 'line\nfeed'],
  ['x-a', ' padded'],
  [':path', '/'],
  [':status', '200'],
  [':other', 'x'],
  ['content-length', 'five'],
  ['', 'x'],
  ['transfer-encoding', 'chunked'],
];

/** A client that keeps to RFC 9113 more often than not. */
export class ClientScript {
  private readonly seeded: Seeded;
  private readonly contentMax: number;
  private readonly encoder = new HpackEncoder(4_096);
  /** Streams by what of them was sent: 1 a head, 2 all. */
  private readonly sent = new Map<number, number>();
  /** What content-length said, by stream. */
  private readonly lengths = new Map<number, number>();
  private readonly answered = new Set<number>();
  private next = 1;

  /** @param contentMax bytes of a DATA frame, without its padding */
  constructor(seeded: Seeded, contentMax = 40) {
    this.seeded = seeded;
    this.contentMax = contentMax;
  }

  /** @param mutations one frame in so many is changed; 0: none is, and the client does nothing wrong */
  steps(count: number, mutations: number): Step[] {
    const steps: Step[] = [{ kind: 'bytes', bytes: [...PREFACE, ...SETTINGS_ACK] }];
    for (let made = 0; made < count; made += 1) {
      const step = this.step(mutations > 0);
      const isChanged = step.kind === 'bytes' && mutations > 0 && this.seeded.once(mutations);
      steps.push(isChanged ? { kind: 'bytes', bytes: this.mutated(step.bytes) } : step);
    }
    return steps;
  }

  private step(isBad: boolean): Step {
    const { seeded } = this;
    // There is a stream before anything is said of one.
    const choice = this.sent.size === 0 ? 0 : seeded.below(20);
    if (choice < 6) return { kind: 'bytes', bytes: this.request(isBad) };
    if (choice < 10) return { kind: 'bytes', bytes: this.content(isBad) };
    if (choice < 13) return this.answer(choice < 12 ? 'respond' : 'reset');
    if (choice < 14) return { kind: 'bytes', bytes: this.trailers(isBad) };
    if (choice < 16) return { kind: 'bytes', bytes: this.control() };
    if (choice < 17) return { kind: 'bytes', bytes: this.cancel() };
    return { kind: 'bytes', bytes: this.window(isBad) };
  }

  /** A stream is answered once: h2 takes a second answer for the end of the stream. */
  private answer(kind: 'respond' | 'reset'): Step {
    const stream = this.known();
    if (this.answered.has(stream)) return { kind: 'bytes', bytes: frame(4, 0, 0) };
    this.answered.add(stream);
    return { kind, stream };
  }

  private request(isBad: boolean): number[] {
    const { seeded } = this;
    const fields = [...(seeded.once(2) ? GET : POST), ...seeded.pick(EXTRA)];
    if (isBad && seeded.once(12)) fields.push(...seeded.pick(MALFORMED));
    if (isBad && seeded.once(20)) fields.splice(seeded.below(4) * 2, 2);
    const stream = isBad && seeded.once(20) ? seeded.below(this.next + 2) : this.next;
    const length = Number(fields[fields.indexOf('content-length') + 1]);
    if (fields.includes('content-length')) this.lengths.set(stream, length);
    const isWhole = length > 0 ? isBad && seeded.once(6) : seeded.once(2);
    this.next = Math.max(this.next, stream + (stream % 2 === 1 ? 2 : 1));
    this.sent.set(stream, isWhole ? 2 : 1);
    return this.head(stream, fields, isWhole);
  }

  /** In one frame or several, padded or not, with a priority or not. */
  private head(stream: number, fields: readonly string[], isEnd: boolean): number[] {
    const { seeded } = this;
    const target = new Uint8Array(HpackEncoder.bytesMax(fields));
    const block = [...target.subarray(0, this.encoder.encode(fields, target, 0))];
    const end = isEnd ? 1 : 0;
    if (seeded.once(5)) {
      const cut = seeded.below(block.length + 1);
      return [...frame(1, end, stream, block.slice(0, cut)), ...frame(9, 4, stream, block.slice(cut))];
    }
    if (seeded.once(6)) return frame(1, end | 4 | 8, stream, [2, ...block, 0, 0]);
    if (seeded.once(6)) return frame(1, end | 4 | 0x20, stream, [0, 0, 0, 0, 9, ...block]);
    return frame(1, end | 4, stream, block);
  }

  private content(isBad: boolean): number[] {
    const { seeded } = this;
    const stream = this.open();
    if (stream === 0) return frame(6, 0, 0, seeded.bytes(8));
    const length = this.lengths.get(stream);
    const isEnd = length !== undefined || seeded.once(2);
    if (isEnd) this.sent.set(stream, 2);
    const isWrong = isBad && seeded.once(8);
    const bytes = seeded.bytes(isWrong ? seeded.below(9) : (length ?? seeded.below(this.contentMax)));
    if (seeded.once(4)) return frame(0, (isEnd ? 1 : 0) | 8, stream, [3, ...bytes, 0, 0, 0]);
    return frame(0, isEnd ? 1 : 0, stream, bytes);
  }

  private trailers(isBad: boolean): number[] {
    const stream = this.open();
    if (stream === 0 || (!isBad && (this.lengths.get(stream) ?? 0) > 0)) return frame(4, 0, 0);
    this.sent.set(stream, 2);
    const fields = isBad && this.seeded.once(4) ? [':path', '/'] : ['x-sum', '7'];
    return this.head(stream, fields, !(isBad && this.seeded.once(6)));
  }

  private control(): number[] {
    const { seeded } = this;
    const kind = seeded.below(6);
    if (kind === 0) return frame(6, 0, 0, seeded.bytes(8));
    if (kind === 1) return frame(4, 0, 0, [0, 4, 0, 0, seeded.below(256), 1]);
    if (kind === 2) return frame(4, 0, 0, [0, 1, 0, 0, seeded.below(16), 0, 0, 3, 0, 0, 0, 100]);
    if (kind === 3) return frame(2, 0, this.known(), [0, 0, 0, 0, 7]);
    if (kind === 4) return frame(0x20 + seeded.below(100), seeded.below(256), this.known(), seeded.bytes(5));
    return frame(4, 0, 0, [0x7f, 1, 0, 0, 0, 1]);
  }

  private cancel(): number[] {
    const stream = this.known();
    this.sent.set(stream, 2);
    return frame(3, 0, stream, [0, 0, 0, this.seeded.below(14)]);
  }

  private window(isBad: boolean): number[] {
    const stream = this.seeded.once(2) ? 0 : this.known();
    const increment =
      isBad && this.seeded.once(8)
        ? this.seeded.pick([
            [0, 0, 0, 0],
            [127, 255, 255, 255],
            [128, 0, 9, 9],
          ])
        : [0, 0, 9, 9];
    return frame(8, 0, stream, increment);
  }

  /** A stream that was opened, whatever became of it. */
  private known(): number {
    const streams = [...this.sent.keys()];
    return streams.length === 0 ? 1 : (streams[this.seeded.below(streams.length)] ?? 1);
  }

  private open(): number {
    const open = [...this.sent].filter(([, how]) => how === 1);
    return open[this.seeded.below(open.length)]?.[0] ?? 0;
  }

  private mutated(bytes: readonly number[]): number[] {
    const { seeded } = this;
    const length = ((bytes[0] ?? 0) << 16) | ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0);
    const [type = 0, flags = 0] = bytes.slice(3, 5);
    const stream = bytes[8] ?? 0;
    const payload = bytes.slice(9, 9 + length);
    const rest = bytes.slice(9 + length);
    switch (seeded.below(7)) {
      case 0:
        return [...frame(type, flags ^ (1 << seeded.below(6)), stream, payload), ...rest];
      case 1:
        return [...frame(type, flags, seeded.below(this.next + 4), payload), ...rest];
      case 2:
        return [...frame(seeded.below(11), flags, stream, payload), ...rest];
      case 3:
        return [...frame(type, flags, stream, payload.slice(0, seeded.below(payload.length + 1))), ...rest];
      case 4:
        return [...frame(type, flags, stream, [...payload, ...seeded.bytes(1 + seeded.below(6))]), ...rest];
      case 5:
        return [...bytes, ...bytes];
      default: {
        const changed = [...payload];
        if (changed.length > 0) changed[seeded.below(changed.length)] = seeded.below(256);
        return [...frame(type, flags, stream, changed), ...rest];
      }
    }
  }
}
