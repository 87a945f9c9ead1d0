import { PortolanError, type Clock, type Principal, type Timer } from '@portolan/kernel';
import {
  CompactedError,
  IncarnationChangedError,
  isUnchanged,
  keysWithPrefix,
  revision as checkedRevision,
  type Key,
  type KeyValue,
  type KvStore,
  type Operation,
  type Revision,
} from '@portolan/kv';
import type { LeaderTerm } from '@portolan/kv-client';
import {
  CONCURRENCY_MAX,
  encodeEvent,
  topicMatches,
  type Attempts,
  type EventRecord,
  type MessagingLogger,
  type Subscription,
} from '@portolan/messaging';
import {
  decodeProgress,
  deadKey,
  encodeDead,
  encodeProgress,
  EVENTS_PREFIX,
  leaderKey,
  progressKey,
  progressPrefix,
  type Progress,
} from './layout.ts';
import { readAll } from './read-all.ts';
import { readableEvent } from './readable-event.ts';
import type { Retention } from './retention.ts';
import { Slots } from './slots.ts';

export interface GroupReaderOptions {
  readonly store: KvStore;
  readonly principal: Principal;
  readonly clock: Clock;
  readonly logger: MessagingLogger;
  readonly retention: Retention;
  readonly attempts: Attempts;
  readonly subscription: Subscription;
  readonly group: string;
  /** Events of before are none of the group's. */
  readonly since: Revision;
  readonly term: LeaderTerm;
}

/**
 * Reads the log of events on behalf of a group, while it leads: what is there, then what comes. What became of each event is
 * written under the term's token, so that a reader that was replaced and does not know it writes nothing.
 */
export class GroupReader {
  readonly #options: GroupReaderOptions;
  readonly #slots: Slots;
  readonly #timers = new Set<Timer>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #over: AbortSignal;

  constructor(options: GroupReaderOptions) {
    this.#options = options;
    this.#slots = new Slots(options.subscription.concurrencyMax ?? CONCURRENCY_MAX);
    this.#over = AbortSignal.any([options.term.lost, this.#stop.signal]);
  }

  /** Reads until the term is lost. @throws what the store throws */
  async run(): Promise<void> {
    try {
      while (!this.#isOver()) await this.#read();
    } catch (error) {
      if (!this.#isOver()) throw error;
    } finally {
      this.#stop.abort();
      for (const timer of this.#timers) timer.cancel();
      await Promise.all(this.#underWay);
    }
  }

  async #read(): Promise<void> {
    const { store, principal, group } = this.#options;
    const progress = await readAll(store, principal, progressPrefix(group), this.#over);
    const known = new Map(progress.keyValues.map((stored) => [stored.key, decodeProgress(stored)]));
    const { keyValues, revision } = await readAll(store, principal, EVENTS_PREFIX, this.#over);
    for (const stored of keyValues) await this.#take(stored, (id) => known.get(progressKey(group, id)));
    const keys = keysWithPrefix(EVENTS_PREFIX);
    const request = { principal, keyspace: 'user', keys, startRevision: after(revision), events: 'puts' } as const;
    try {
      for await (const { events } of store.watch(request, this.#over)) {
        for (const event of events) if (event.kind === 'put') await this.#take(event.keyValue, () => undefined);
      }
    } catch (error) {
      // Read again, then watch on.
      if (!(error instanceof CompactedError || error instanceof IncarnationChangedError)) throw error;
    }
  }

  /** Begins with an event when a slot is free; with one that failed before when its time has come. */
  async #take(stored: KeyValue, progressOf: (id: string) => Progress | undefined): Promise<void> {
    const { since, subscription, clock } = this.#options;
    if (stored.createRevision <= since) return;
    const event = readableEvent(stored, this.#options.logger);
    if (event === undefined || !topicMatches(subscription.topics, event.topic)) return;
    const progress = progressOf(event.id);
    switch (progress?.state) {
      case 'handled':
      case 'dead':
        return;
      case 'retry':
        this.#later(event, progress.attempts + 1, Math.max(0, progress.dueAt - clock.epoch()));
        return;
      case undefined:
        await this.#slots.take();
        this.#begin(event, 1);
        return;
      default:
        progress satisfies undefined;
    }
  }

  #later(event: EventRecord, attempt: number, delayMs: number): void {
    const timer = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(timer);
      void this.#slots.take().then(() => {
        this.#begin(event, attempt);
      });
    });
    this.#timers.add(timer);
  }

  #begin(event: EventRecord, attempt: number): void {
    if (this.#isOver()) {
      this.#slots.give();
      return;
    }
    const dealing = this.#deal(event, attempt).finally(() => {
      this.#underWay.delete(dealing);
      this.#slots.give();
    });
    this.#underWay.add(dealing);
  }

  async #deal(event: EventRecord, attempt: number): Promise<void> {
    const { attempts, clock, group } = this.#options;
    const outcome = await attempts.make(event, attempt);
    try {
      switch (outcome.kind) {
        case 'interrupted':
          return;
        case 'handled':
          await this.#note(event, { state: 'handled' });
          return;
        case 'retry':
          await this.#note(event, { state: 'retry', attempts: attempt, dueAt: clock.epoch() + outcome.delayMs });
          this.#later(event, attempt + 1, outcome.delayMs);
          return;
        case 'dead': {
          const dead = { event: encodeEvent(event).toString(), attempts: attempt, reason: outcome.reason };
          const letter = {
            kind: 'put',
            keyspace: 'user',
            key: deadKey(group, event.id),
            value: encodeDead(dead),
          } as const;
          await this.#note(event, { state: 'dead' }, [letter]);
          return;
        }
        default:
          outcome satisfies never;
      }
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      // Whoever leads next finds no note and hands the event out again; this term ends, because it cannot write any more.
      this.#stop.abort(error);
    }
  }

  async #note(event: EventRecord, progress: Progress, more: readonly Operation[] = []): Promise<void> {
    const { store, principal, group, retention, term } = this.#options;
    const key: Key = progressKey(group, event.id);
    const { succeeded } = await retention.under((lease) =>
      store.txn({
        principal,
        compares: [isUnchanged('user', leaderKey(group), term.token)],
        success: [{ kind: 'put', keyspace: 'user', key, value: encodeProgress(progress), lease }, ...more],
      }),
    );
    if (!succeeded) this.#stop.abort();
  }

  // A function, because TypeScript believes that what it saw before an await still holds.
  #isOver(): boolean {
    return this.#over.aborted;
  }
}

/** The revision that follows. */
const after = (revision: Revision): Revision => checkedRevision(revision + 1);
