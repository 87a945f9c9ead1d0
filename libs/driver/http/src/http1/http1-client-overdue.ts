import type { Http1Client } from '@portolan/http1';
import type { HttpCounters } from '../counters.ts';
import type { ClientTimeLimits } from '../time-limits.ts';
import type { Http1Link } from './http1-link.ts';

const NEVER = Infinity;

/** What is timed: a client's wire. */
export interface TimedClientWire {
  readonly requests: number;
  /** All of the request was sent. */
  readonly isSent: boolean;
  timeOut(what: string): void;
}

/** What the server of one connection owes, and since when. No request asks for the time: each sweep looks. */
export class Http1ClientOverdue {
  private readonly wire: TimedClientWire;
  private readonly core: Http1Client;
  private readonly link: Http1Link;
  private readonly limits: ClientTimeLimits;
  private readonly counters: HttpCounters;
  private blockedSince = NEVER;
  private owesSince = NEVER;
  private request = -1;

  constructor(
    wire: TimedClientWire,
    core: Http1Client,
    link: Http1Link,
    limits: ClientTimeLimits,
    counters: HttpCounters,
  ) {
    this.wire = wire;
    this.core = core;
    this.link = link;
    this.limits = limits;
    this.counters = counters;
  }

  sweep(now: number): void {
    const { wire, core, link } = this;
    if (link.socket.destroyed) return;
    if (this.isStalled(now)) {
      this.counters.timeOuts += 1;
      link.reset({ kind: 'slow', what: 'output is not taken' });
      return;
    }
    const what = this.slow(now);
    if (what !== undefined) {
      this.counters.timeOuts += 1;
      wire.timeOut(what);
    } else if (core.phase === 'idle' && core.output.length === 0) {
      // An idle connection holds no memory for output.
      core.output.detach();
    }
  }

  private isStalled(now: number): boolean {
    this.blockedSince = this.link.isBlocked ? Math.min(this.blockedSince, now) : NEVER;
    return now - this.blockedSince >= this.limits.writeStallMs;
  }

  private slow(now: number): string | undefined {
    const { core, wire, link, limits } = this;
    const { phase } = core;
    const isContent = phase === 'content' && !link.isHeld;
    const isHead = (phase === 'waiting' || phase === 'head') && wire.isSent && !link.isBlocked;
    if (!isContent && !isHead) {
      this.owesSince = NEVER;
      return undefined;
    }
    if (this.owesSince === NEVER || this.request !== wire.requests) {
      this.owesSince = now;
      this.request = wire.requests;
    }
    const forMs = now - Math.max(this.owesSince, core.receivedAt);
    if (isContent) return forMs >= limits.contentIdleMs ? 'content does not come' : undefined;
    return forMs >= limits.responseMs ? 'no response in time' : undefined;
  }
}
