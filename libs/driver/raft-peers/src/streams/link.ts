import type { Hello } from '@portolan/contracts/raft-peer';
import { abortable, assert, type Clock, type EpochMillis, type Timer } from '@portolan/kernel';
import { release } from '@portolan/rpc/serving';
import type { MemberId } from '@portolan/raft';
import { MalformedFrameError, PeerSilentError } from '../errors.ts';
import { canBeTrue } from '../addresses/address-book.ts';
import type { MemberAddresses } from '../addresses/member-addresses.ts';
import { messageOf, recordOf } from '../addresses/records.ts';
import type { PeersLimits } from '../limits.ts';
import type { EncodedMessage } from '../wire/encode-message.ts';
import type { Ends } from '../wire/decode-message.ts';
import { decodeFrame, encodeFrame, type IncomingFrame } from '../wire/frame.ts';
import type { StreamedMessage } from '../wire/kinds.ts';
import { FrameSource } from './frame-source.ts';

/** Who has a stream: told of what comes, asked for what goes. */
export interface LinkOwner {
  /**
   * The peer's hello. Who dialled has said its own before; who was dialled says it with what this returns.
   * @throws PortolanError that ends the stream, and of a dialled one is its answer
   */
  greeted(link: Link, hello: Hello): { readonly answer: Hello; readonly ends: Ends };
  /** Hellos are exchanged: messages may go. */
  opened(link: Link): void;
  /** What waits for the peer, if it is to leave by this stream. */
  takeMessages(link: Link): readonly EncodedMessage[];
  received(link: Link, messages: readonly StreamedMessage[], bytes: number): void;
  heard(link: Link, records: readonly MemberAddresses[]): void;
  sent(link: Link, messages: number, bytes: number): void;
}

export interface LinkOptions {
  readonly owner: LinkOwner;
  readonly dialledBy: 'us' | 'peer';
  readonly address: string;
  /** Whom we have dialled. */
  readonly expected: MemberId | undefined;
  /** Who dials speaks first. */
  readonly hello: Hello | undefined;
  readonly limits: Pick<PeersLimits, 'helloMs' | 'pingMs' | 'silenceMs'>;
  readonly clock: Clock;
}

/** One stream between this member and another, from either side: hello, frames, pings. */
export class Link {
  readonly dialledBy: 'us' | 'peer';
  readonly address: string;
  readonly expected: MemberId | undefined;
  readonly outgoing: FrameSource;
  /** Undefined until it is open. */
  since: EpochMillis | undefined;
  rttMs: number | undefined;
  /** The newest that both speak; 0 before the hello. */
  protocolVersion = 0;
  readonly #options: LinkOptions;
  readonly #closing = new AbortController();
  #hello: Hello | undefined;
  #isHelloSaid = false;
  #peerHello: Hello | undefined;
  #ends: Ends | undefined;
  #state: 'greeting' | 'open' | 'closed' = 'greeting';
  #error: Error | undefined;
  #timer: Timer;
  /** To be told, of each member the newest: what waits for a peer that takes nothing does not grow. */
  readonly #records = new Map<bigint, MemberAddresses>();
  #pong = 0n;
  #pings = 0n;
  #pingDue = false;
  /** When the ping was sent that is not answered yet. */
  #pingedAt: number | undefined;
  /** Pings that were due since anything came. */
  #silentPings = 0;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.dialledBy = options.dialledBy;
    this.address = options.address;
    this.expected = options.expected;
    this.#hello = options.hello;
    this.outgoing = new FrameSource(() => this.#frame());
    this.#timer = options.clock.after(options.limits.helloMs, () => {
      this.close(new PeerSilentError(this.address, options.limits.helloMs));
    });
  }

  /** Aborted when it is closed. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Of the process at the other side; undefined before its hello. */
  get peer(): Hello | undefined {
    return this.#peerHello;
  }

  /** Records that neither side has told in its hello, or than which the peer knows none that can be true. @param epochMs now */
  untold(records: readonly MemberAddresses[], epochMs: number): readonly MemberAddresses[] {
    const told = [...(this.#hello?.book ?? []), ...(this.#peerHello?.book ?? [])].map(recordOf);
    return records.filter(
      ({ member, version }) =>
        !told.some(
          (record) =>
            record.member === member &&
            (record.version === version || (record.version > version && canBeTrue(record.version, epochMs))),
        ),
    );
  }

  /**
   * Reads what comes, until the stream ends.
   * @returns why it ended; undefined: one side had no more to say. Never rejects
   */
  async run(incoming: AsyncIterable<Buffer>): Promise<Error | undefined> {
    const frames = incoming[Symbol.asyncIterator]();
    try {
      while (this.#state !== 'closed') {
        // A peer that takes nothing leaves a stream that does not end by itself.
        const next = await abortable(frames.next(), this.signal);
        if (next.done === true) break;
        this.#read(next.value);
      }
      this.close(undefined);
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)));
    }
    release(frames);
    return this.#error;
  }

  /** There is something to send. */
  wake(): void {
    this.outgoing.wake();
  }

  tell(records: readonly MemberAddresses[]): void {
    for (const record of records) this.#records.set(record.member, record);
    this.wake();
  }

  /** Says no more, and ends when the other side does. */
  finish(): void {
    this.outgoing.finish();
  }

  /** Ends it now. @param error what the other side is told; undefined: nothing is wrong */
  close(error: Error | undefined): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#error = error;
    this.#timer.cancel();
    if (error === undefined) this.outgoing.finish();
    else this.outgoing.fail(error);
    this.#closing.abort(error);
  }

  #read(bytes: Buffer): void {
    const { owner } = this.#options;
    const frame = decodeFrame(bytes, this.#ends);
    this.#silentPings = 0;
    if (this.#ends === undefined) this.#greet(frame);
    else if (frame.hello !== undefined) throw new MalformedFrameError('frame of a peer', 'a second hello comes');
    else owner.received(this, frame.messages, bytes.length);
    this.#pong = frame.ping === 0n ? this.#pong : frame.ping;
    if (frame.pong !== 0n && frame.pong === this.#pings && this.#pingedAt !== undefined) {
      this.rttMs = this.#options.clock.now() - this.#pingedAt;
      this.#pingedAt = undefined;
    }
    if (frame.book.length > 0) owner.heard(this, frame.book.map(recordOf));
    if (frame.ping !== 0n) this.wake();
  }

  #greet({ hello }: IncomingFrame): void {
    if (hello === undefined) throw new MalformedFrameError('frame of a peer', 'it is the first, and no hello');
    const { owner, clock, limits } = this.#options;
    this.#peerHello = hello;
    const { answer, ends } = owner.greeted(this, hello);
    this.#hello ??= answer;
    this.#ends = ends;
    this.#state = 'open';
    this.since = clock.epoch();
    this.#timer.cancel();
    this.#awaitPing(limits.pingMs);
    owner.heard(this, hello.book.map(recordOf));
    owner.opened(this);
    this.wake();
  }

  #awaitPing(ms: number): void {
    this.#timer = this.#options.clock.after(ms, () => {
      const { silenceMs, pingMs } = this.#options.limits;
      // Counted in pings, not in time: that this process was paused is no fault of the peer's.
      this.#silentPings += 1;
      if (this.#silentPings * pingMs > silenceMs) {
        this.close(new PeerSilentError(this.address, silenceMs));
        return;
      }
      this.#pingDue ||= this.#pingedAt === undefined;
      this.#awaitPing(pingMs);
      this.wake();
    });
  }

  #frame(): Buffer | undefined {
    const hello = this.#hello;
    if (hello !== undefined && !this.#isHelloSaid) {
      this.#isHelloSaid = true;
      return this.#encode(hello, []);
    }
    if (this.#state !== 'open') return undefined;
    const messages = this.#options.owner.takeMessages(this);
    const isSilent = messages.length === 0 && !this.#pingDue && this.#pong === 0n && this.#records.size === 0;
    return isSilent ? undefined : this.#encode(undefined, messages);
  }

  #encode(hello: Hello | undefined, messages: readonly EncodedMessage[]): Buffer {
    let ping = 0n;
    if (this.#pingDue) {
      assert(this.#pingedAt === undefined, 'a ping is sent when the one before is answered');
      this.#pingDue = false;
      this.#pings += 1n;
      this.#pingedAt = this.#options.clock.now();
      ping = this.#pings;
    }
    const frame = encodeFrame({
      hello,
      ping,
      pong: this.#pong,
      book: [...this.#records.values()].map(messageOf),
      messages,
    });
    this.#pong = 0n;
    this.#records.clear();
    this.#options.owner.sent(this, messages.length, frame.length);
    return frame;
  }
}
