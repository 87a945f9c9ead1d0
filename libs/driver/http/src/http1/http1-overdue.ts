import type { Http1Server } from '@portolan/http1';
import type { HttpCounters } from '../counters.ts';
import { drainAt } from '../drain-at.ts';
import type { TimeLimits } from '../time-limits.ts';
import type { Http1Link } from './http1-link.ts';

const NEVER = Infinity;

/** What is timed: a server's wire. */
export interface TimedWire {
  readonly requests: number;
  readonly awaitsContinue: boolean;
  timeOut(what: string): void;
  drain(): void;
}

/** What one client of a server owes, and since when: silent, slow and old ones are ended. No request asks for the time: each sweep looks. */
export class Http1Overdue {
  private readonly wire: TimedWire;
  private readonly core: Http1Server;
  private readonly link: Http1Link;
  private readonly limits: TimeLimits;
  private readonly counters: HttpCounters;
  private readonly beganAt: number;
  private readonly drainAt: number;
  private lingersUntil = NEVER;
  private blockedSince = NEVER;
  /** No head was due at this time, or it was not read for reasons of ours. */
  private noHeadAt: number;
  private owesContent = false;
  /** Content is owed since then. */
  private contentSince: number;
  /** A window of `contentIdleMs`, and how much came within it. */
  private windowSince: number;
  private windowBytes = 0;
  private idleSince: number;
  private idleRequests = -1;

  constructor(
    wire: TimedWire,
    core: Http1Server,
    link: Http1Link,
    options: { readonly timeLimits: TimeLimits; readonly ageMaxMs: number; readonly counters: HttpCounters },
    now: number,
  ) {
    this.wire = wire;
    this.core = core;
    this.link = link;
    this.limits = options.timeLimits;
    this.counters = options.counters;
    this.beganAt = now;
    this.drainAt = drainAt(link.socket, now, options.ageMaxMs);
    this.noHeadAt = now;
    this.contentSince = now;
    this.windowSince = now;
    this.idleSince = now;
  }

  contentCame(bytes: number): void {
    this.windowBytes += bytes;
  }

  /** All was said and written: the peer has a moment to read it and close. @param now */
  lingers(now: number): void {
    this.lingersUntil = Math.min(this.lingersUntil, now + this.limits.lingerMs);
  }

  sweep(now: number): void {
    const { wire, core, link } = this;
    if (link.socket.destroyed) return;
    if (now >= this.lingersUntil) {
      link.destroy({ kind: 'slow', what: 'the connection was not closed' });
      return;
    }
    if (this.isStalled(now)) {
      this.counters.timeOuts += 1;
      link.reset({ kind: 'slow', what: 'output is not taken' });
      return;
    }
    if (core.phase === 'closed') return;
    const slow = this.slowHead(now) ?? this.slowContent(now);
    if (slow !== undefined) {
      this.counters.timeOuts += 1;
      wire.timeOut(slow);
    } else if (now >= this.drainAt || this.isIdleTooLong(now)) {
      wire.drain();
    }
  }

  private isStalled(now: number): boolean {
    this.blockedSince = this.link.isBlocked ? Math.min(this.blockedSince, now) : NEVER;
    return now - this.blockedSince >= this.limits.writeStallMs;
  }

  private slowHead(now: number): string | undefined {
    const { core, limits } = this;
    const { phase } = core;
    if (phase === 'idle' && core.bytesReceived === 0) {
      return now - this.beganAt >= limits.firstByteMs ? 'no first byte in time' : undefined;
    }
    // While the peer does not take what was answered, no further request is read.
    if (phase !== 'head' || this.link.isBlocked) {
      this.noHeadAt = now;
      return undefined;
    }
    return now - Math.max(core.headSince, this.noHeadAt) >= limits.headMs ? 'a head takes too long' : undefined;
  }

  private slowContent(now: number): string | undefined {
    const { core, wire, limits } = this;
    const { phase } = core;
    const owes = (phase === 'content' || phase === 'drain') && !this.link.isHeld && !wire.awaitsContinue;
    const isNew = owes && !this.owesContent;
    this.owesContent = owes;
    if (isNew || !owes) {
      this.contentSince = now;
      this.windowSince = now;
      this.windowBytes = 0;
      return undefined;
    }
    if (now - Math.max(core.receivedAt, this.contentSince) >= limits.contentIdleMs) return 'content does not come';
    const forMs = now - this.windowSince;
    if (forMs < limits.contentIdleMs) return undefined;
    const isSlow = this.windowBytes * 1_000 < limits.contentBytesPerSecondMin * forMs;
    this.windowSince = now;
    this.windowBytes = 0;
    return isSlow ? 'content comes too slowly' : undefined;
  }

  private isIdleTooLong(now: number): boolean {
    const { core, wire } = this;
    if (core.phase !== 'idle' || wire.requests !== this.idleRequests) {
      this.idleRequests = wire.requests;
      this.idleSince = now;
      return false;
    }
    // An idle connection holds no memory for output.
    if (core.output.length === 0) core.output.detach();
    return now - this.idleSince >= this.limits.idleMs;
  }
}
