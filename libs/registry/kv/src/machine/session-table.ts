import { assert } from '@portolan/kernel';
import { SequenceExpiredError, SessionExpiredError } from '../errors.ts';
import type { SessionId } from '../ids.ts';
import { SEQUENCE_WINDOW, type AgreedLimits } from '../limits.ts';
import type { Idempotency } from '../txn-request.ts';
import { answerBytes } from './answer-bytes.ts';
import type { Applied } from './command.ts';

/** What of a session is kept. */
export interface KeptSession {
  readonly newest: number;
  readonly results: ReadonlyMap<number, Applied>;
}

interface Session extends KeptSession {
  newest: number;
  bytes: number;
  readonly results: Map<number, Applied>;
  /** Only one of the table's may still be written to; a captured one is copied first. */
  readonly generation: number;
}

/**
 * Results of transactions that may be tried again. All of a session's window are kept, so what is in the window and not here
 * was never applied. Sessions are forgotten in the order in which the log last mentioned them: the same on every member.
 */
export class SessionTable {
  /** The one silent for longest comes first. */
  readonly #sessions = new Map<SessionId, Session>();
  #bytes = 0;
  #generation = 0;

  get size(): number {
    return this.#sessions.size;
  }

  /**
   * @returns the result of the first attempt, or undefined when this is it
   * @throws SessionExpiredError, SequenceExpiredError: not applied, and not to be
   */
  find({ session: id, sequence }: Idempotency): Applied | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) {
      // Only sequence 1 may begin a session: a later one may be a retry of what a forgotten session applied.
      if (sequence !== 1) throw new SessionExpiredError(id, sequence);
      return undefined;
    }
    const oldest = Math.max(1, session.newest - SEQUENCE_WINDOW + 1);
    const newest = session.newest + SEQUENCE_WINDOW;
    if (sequence < oldest || sequence > newest) throw new SequenceExpiredError(sequence, oldest, newest);
    this.#touch(id, session);
    return session.results.get(sequence);
  }

  /** @param limits in force now: those silent for longest are forgotten to keep them */
  keep({ session: id, sequence }: Idempotency, applied: Applied, limits: AgreedLimits): void {
    const session = this.#writable(id);
    this.#touch(id, session);
    session.results.set(sequence, applied);
    this.#count(session, resultBytes(applied));
    session.newest = Math.max(session.newest, sequence);
    for (const [old, kept] of session.results) {
      if (old > session.newest - SEQUENCE_WINDOW) continue;
      session.results.delete(old);
      this.#count(session, -resultBytes(kept));
    }
    for (const [oldId, old] of this.#sessions) {
      if (this.#sessions.size <= limits.sessionsMax && this.#bytes <= limits.sessionBytesMax) break;
      if (oldId === id) break;
      this.#sessions.delete(oldId);
      this.#bytes -= old.bytes;
    }
  }

  /** All sessions as they are now, whatever comes, the one silent for longest first. O(sessions), a few of 0.1 ms. */
  capture(): readonly (readonly [SessionId, KeptSession])[] {
    this.#generation += 1;
    return [...this.#sessions];
  }

  /** Takes one over from a snapshot, as the one that spoke last. */
  restore(id: SessionId, { newest, results }: KeptSession): void {
    assert(!this.#sessions.has(id), 'a session is restored once');
    const session: Session = { newest, bytes: 0, results: new Map(results), generation: this.#generation };
    this.#sessions.set(id, session);
    for (const applied of results.values()) this.#count(session, resultBytes(applied));
  }

  #writable(id: SessionId): Session {
    const session = this.#sessions.get(id);
    if (session?.generation === this.#generation) return session;
    const { newest = 0, bytes = 0, results = [] } = session ?? {};
    return { newest, bytes, results: new Map(results), generation: this.#generation };
  }

  #count(session: Session, bytes: number): void {
    session.bytes += bytes;
    this.#bytes += bytes;
  }

  #touch(id: SessionId, session: Session): void {
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
  }
}

function resultBytes(applied: Applied): number {
  return applied.kind === 'txn' ? answerBytes(applied.answer) : 0;
}
