import { ERROR_CODE } from '@portolan/http2';
import { drainAt } from '../drain-at.ts';
import { DEFAULT_TIME_LIMITS } from '../time-limits.ts';
import type { Http2Wire, Http2WireOptions } from './http2-wire.ts';

const NEVER = Infinity;

/** What one HTTP/2 connection owes, and since when: silent, slow and old ones are ended. */
export class Http2Overdue<Context> {
  private readonly wire: Http2Wire<Context>;
  private readonly options: Http2WireOptions<Context>;
  private readonly beganAt: number;
  private readonly drainAt: number;
  private readAt: number;
  private pingedAt = NEVER;
  private bytes = 0;
  /** When it was seen within a frame, and how many frames there were. */
  private midwaySince = NEVER;
  private midwayFrames = -1;
  private blockedSince = NEVER;
  private idleSince: number;
  private lingersUntil = NEVER;
  /** The peer was told of a drain, and has so long to answer. */
  private drainEndsAt = NEVER;
  private contentSince: number;
  private contentBytes = 0;

  constructor(wire: Http2Wire<Context>, options: Http2WireOptions<Context>, now: number) {
    this.wire = wire;
    this.options = options;
    this.beganAt = now;
    this.readAt = now;
    this.idleSince = now;
    this.contentSince = now;
    this.drainAt = drainAt(wire.socket, now, options.ageMaxMs);
  }

  bytesCame(bytes: number, now: number): void {
    this.bytes += bytes;
    this.readAt = now;
    this.pingedAt = NEVER;
  }

  contentCame(bytes: number): void {
    this.contentBytes += bytes;
  }

  outputTaken(): void {
    this.blockedSince = NEVER;
  }

  ponged(): void {
    this.pingedAt = NEVER;
  }

  lingers(): void {
    this.lingersUntil = Math.min(this.lingersUntil, this.options.clock.now() + this.options.timeLimits.lingerMs);
  }

  drains(): void {
    this.drainEndsAt = Math.min(this.drainEndsAt, this.options.clock.now() + this.options.timeLimits.lingerMs);
  }

  sweep(now: number): void {
    const { wire, options } = this;
    const { timeLimits } = options;
    if (now >= this.lingersUntil) {
      wire.end({ kind: 'slow', what: 'the connection was not closed' });
      return;
    }
    if (wire.isClosing) {
      // Where streams may wait for as long as they like, a connection that ends may not.
      const isStalled = this.slowReader(now, Math.min(timeLimits.writeStallMs, DEFAULT_TIME_LIMITS.writeStallMs));
      if (isStalled !== undefined) wire.end({ kind: 'slow', what: isStalled });
      return;
    }
    if (this.endsByItself(now)) return;
    const slow =
      this.slowHead(now) ??
      this.slowContent(now) ??
      this.slowReader(now, timeLimits.writeStallMs) ??
      this.silent(now, options.keepAlive.timeoutMs);
    if (slow !== undefined) {
      options.counters.timeOuts += 1;
      wire.refuse(ERROR_CODE.enhanceYourCalm, { kind: 'slow', what: slow });
      return;
    }
    if (wire.core.streamCount > 0) this.idleSince = now;
    if (now >= this.drainAt || now - this.idleSince >= timeLimits.idleMs) wire.drain();
  }

  /** What the core ends when it is told the time. */
  private endsByItself(now: number): boolean {
    const { wire } = this;
    wire.core.expire(now);
    if (now >= this.drainEndsAt) wire.core.finishDrain();
    return wire.isClosing;
  }

  private slowHead(now: number): string | undefined {
    const { timeLimits, role } = this.options;
    const { core } = this.wire;
    if (role === 'server' && this.bytes === 0) {
      return now - this.beganAt >= timeLimits.firstByteMs ? 'no first byte in time' : undefined;
    }
    if (!core.isMidway) {
      this.midwaySince = NEVER;
      return undefined;
    }
    if (this.midwaySince === NEVER || core.framesReceived !== this.midwayFrames) {
      this.midwaySince = now;
      this.midwayFrames = core.framesReceived;
      return undefined;
    }
    return now - this.midwaySince >= timeLimits.headMs ? 'a head or frame takes too long' : undefined;
  }

  private slowContent(now: number): string | undefined {
    const { contentIdleMs, contentBytesPerSecondMin } = this.options.timeLimits;
    if (contentIdleMs === Infinity || !this.wire.core.owesContent) {
      this.contentSince = now;
      this.contentBytes = 0;
      return undefined;
    }
    const forMs = now - this.contentSince;
    if (forMs < contentIdleMs) return undefined;
    const isSlow = this.contentBytes === 0 || this.contentBytes * 1_000 < contentBytesPerSecondMin * forMs;
    this.contentSince = now;
    this.contentBytes = 0;
    return isSlow ? 'content comes too slowly' : undefined;
  }

  private slowReader(now: number, stallMs: number): string | undefined {
    if (!this.wire.isBlocked) {
      this.blockedSince = NEVER;
      return undefined;
    }
    this.blockedSince = Math.min(this.blockedSince, now);
    return now - this.blockedSince >= stallMs ? 'output is not taken' : undefined;
  }

  private silent(now: number, timeoutMs: number): string | undefined {
    if (this.pingedAt !== NEVER) return now - this.pingedAt >= timeoutMs ? 'no answer to a ping' : undefined;
    if (now - this.readAt < this.options.keepAlive.intervalMs) return undefined;
    this.pingedAt = now;
    this.wire.core.ping(KEEP_ALIVE_PING);
    return undefined;
  }
}

const KEEP_ALIVE_PING = Uint8Array.of(0x61, 0x6c, 0x69, 0x76, 0x65, 0x3f, 0x00, 0x00);
