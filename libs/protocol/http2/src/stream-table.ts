import { assert } from '@portolan/kernel';

/** What is so of a stream. */
export const STATE = {
  /** We sent END_STREAM. */
  localClosed: 1,
  /** The peer sent END_STREAM. */
  remoteClosed: 2,
  /** The peer's (final) head is here: what comes next are data or trailers. */
  headReceived: 4,
  headSent: 8,
  /** Its user waits for `onWritable`. */
  blocked: 16,
  /** It is in the queue of those who are told so. */
  queued: 32,
  /** Its response has no content, whatever content-length says. */
  headRequest: 64,
  /** Of a CONNECT that was not refused: content without length, and no trailers. */
  tunnel: 128,
} as const;

/** No content-length: nothing to hold the data against. */
export const NO_LENGTH = -1;

/** A connection that has had no stream yet holds no columns: most of a server's are idle. */
const NO_NUMBERS = new Int32Array(0);
const NO_FLAGS = new Uint8Array(0);
const NO_LENGTHS = new Float64Array(0);

/**
 * The open streams of a connection as rows of columns: a stream is a slot, and an id is found by hashing. Grows by doubling up
 * to what the limits allow; a stream that opens or ends allocates nothing.
 */
export class StreamTable<Context> {
  ids = NO_NUMBERS;
  state = NO_FLAGS;
  sendWindow = NO_NUMBERS;
  receiveWindow = NO_NUMBERS;
  /** Bytes handed to the user and not consumed yet. */
  held = NO_NUMBERS;
  /** Bytes consumed that the peer has not been told of. */
  unannounced = NO_NUMBERS;
  /** Bytes of data that must still come, by content-length; or NO_LENGTH. */
  expected = NO_LENGTHS;
  contexts: (Context | undefined)[] = [];
  private readonly slotsMax: number;
  private buckets = NO_NUMBERS;
  private free: number[] = [];
  private open = 0;

  constructor(slotsMax: number) {
    this.slotsMax = slotsMax;
  }

  get size(): number {
    return this.open;
  }

  /** The slot of a stream, or -1 when it is not open. */
  slot(id: number): number {
    const { buckets, ids } = this;
    const mask = buckets.length - 1;
    for (let bucket = (id >> 1) & mask; ; bucket = (bucket + 1) & mask) {
      const slot = buckets[bucket] ?? EMPTY;
      if (slot === EMPTY) return -1;
      if (ids[slot] === id) return slot;
    }
  }

  /** Adds a stream that is not there. @returns its slot */
  add(id: number, sendWindow: number, receiveWindow: number): number {
    if (this.free.length === 0) this.grow();
    const slot = this.free.pop();
    assert(slot !== undefined, 'streams are counted against the limit before they are added');
    this.ids[slot] = id;
    this.state[slot] = 0;
    this.sendWindow[slot] = sendWindow;
    this.receiveWindow[slot] = receiveWindow;
    this.held[slot] = 0;
    this.unannounced[slot] = 0;
    this.expected[slot] = NO_LENGTH;
    this.link(slot);
    this.open += 1;
    return slot;
  }

  remove(slot: number): void {
    assert(this.ids[slot] !== 0, 'a stream is removed once');
    const { buckets, ids } = this;
    const mask = buckets.length - 1;
    let hole = ((ids[slot] ?? 0) >> 1) & mask;
    while (buckets[hole] !== slot) hole = (hole + 1) & mask;
    // Those behind the hole move up, or they would no longer be found (Knuth, 6.4, algorithm R).
    for (let next = (hole + 1) & mask; ; next = (next + 1) & mask) {
      const moved = buckets[next] ?? EMPTY;
      if (moved === EMPTY) break;
      const home = ((ids[moved] ?? 0) >> 1) & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        buckets[hole] = moved;
        hole = next;
      }
    }
    buckets[hole] = EMPTY;
    ids[slot] = 0;
    this.contexts[slot] = undefined;
    this.free.push(slot);
    this.open -= 1;
  }

  has(slot: number, bits: number): boolean {
    return ((this.state[slot] ?? 0) & bits) !== 0;
  }

  set(slot: number, bits: number): void {
    this.state[slot] = (this.state[slot] ?? 0) | bits;
  }

  unset(slot: number, bits: number): void {
    this.state[slot] = (this.state[slot] ?? 0) & ~bits;
  }

  /** Whether some stream's content has begun and is its peer's to go on with: see `Http2Connection.owesContent`. */
  get owesContent(): boolean {
    const { ids, state, held } = this;
    for (let slot = 0; slot < ids.length; slot += 1) {
      const begunAndGoesOn = (state[slot] ?? 0) & (STATE.headReceived | STATE.remoteClosed | STATE.tunnel);
      if (ids[slot] !== 0 && begunAndGoesOn === STATE.headReceived && held[slot] === 0) return true;
    }
    return false;
  }

  /** The ids of all open streams: for what concerns every one. */
  all(): number[] {
    return [...this.ids].filter((id) => id !== 0);
  }

  private link(slot: number): void {
    const mask = this.buckets.length - 1;
    let bucket = ((this.ids[slot] ?? 0) >> 1) & mask;
    while (this.buckets[bucket] !== EMPTY) bucket = (bucket + 1) & mask;
    this.buckets[bucket] = slot;
  }

  private grow(): void {
    const before = this.ids.length;
    const slots = Math.min(Math.max(before * 2, SLOTS_AT_FIRST), Math.max(this.slotsMax, before));
    assert(slots > before, 'the table is not larger than its limit');
    this.ids = larger(Int32Array, this.ids, slots);
    this.state = larger(Uint8Array, this.state, slots);
    this.sendWindow = larger(Int32Array, this.sendWindow, slots);
    this.receiveWindow = larger(Int32Array, this.receiveWindow, slots);
    this.held = larger(Int32Array, this.held, slots);
    this.unannounced = larger(Int32Array, this.unannounced, slots);
    this.expected = larger(Float64Array, this.expected, slots);
    this.buckets = new Int32Array(2 ** Math.ceil(Math.log2(slots * 2))).fill(EMPTY);
    for (let slot = 0; slot < before; slot += 1) if (this.ids[slot] !== 0) this.link(slot);
    this.addSlots(before, slots);
  }

  private addSlots(from: number, to: number): void {
    for (let slot = to - 1; slot >= from; slot -= 1) {
      this.free.push(slot);
      this.contexts[slot] = undefined;
    }
  }
}

const SLOTS_AT_FIRST = 8;
const EMPTY = -1;

type Column = Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

function larger<Kind extends Column>(kind: new (length: number) => Kind, column: Kind, length: number): Kind {
  const copy = new kind(length);
  copy.set(column);
  return copy;
}
