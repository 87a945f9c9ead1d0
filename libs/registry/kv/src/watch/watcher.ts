import type { Header } from '../header.ts';
import type { Revision } from '../ids.ts';
import { revision as toRevision } from '../ids.ts';
import { rangeIncludes } from '../key-range.ts';
import { CompactedError } from '../errors.ts';
import { WATCH_BATCH_BYTES_MAX, WATCH_BATCH_EVENTS_MAX } from '../limits.ts';
import { keyValueBytes, type Change, type ChangeEvent } from '../machine/change.ts';
import type { History } from '../machine/history.ts';
import type { KeyspaceState } from '../machine/keyspace-state.ts';
import type { WatchBatch, WatchEvent, WatchRequest } from '../watch-request.ts';

/**
 * One watch: a place in the history, no queue. What a slow reader has not asked for yet stays where it is, in the history;
 * when even that is compacted, the watch ends with CompactedError.
 */
export class Watcher {
  readonly request: WatchRequest;
  readonly #start: Revision;
  /** The first change that may hold something to deliver; undefined when everything has been. */
  #pendingFrom: Revision | undefined;
  #wake: (() => void) | undefined;
  #end: Error | undefined;

  /** @throws CompactedError when history does not reach back to the start */
  constructor(request: WatchRequest, keyspace: KeyspaceState, current: Revision) {
    this.request = request;
    this.#start = request.startRevision ?? toRevision(current + 1);
    if (this.#start <= current) {
      if (this.#start < keyspace.floor) throw new CompactedError(this.#start, keyspace.floor);
      this.#pendingFrom = this.#nextWanted(keyspace.history, keyspace.history.position(this.#start));
    }
  }

  /**
   * The keyspace is another one, from a snapshot, and the store came from revision `before` to `current` at once. What happened in
   * between is in its history; when that does not reach back so far, nobody knows whether something is missing.
   */
  resume({ history, floor }: KeyspaceState, before: Revision, current: Revision): void {
    const from = toRevision(Math.max(this.#start, before + 1));
    if (this.#pendingFrom === undefined && from <= current) {
      this.#pendingFrom = from < floor ? from : this.#nextWanted(history, history.position(from));
    }
    this.#wake?.();
  }

  /** Everything before the start counts as delivered. */
  get deliveredAtStart(): Revision {
    return toRevision(this.#start - 1);
  }

  /** Hot path: each event with a key in the range. Only remembers where to read on. */
  notice(change: Change, changed: ChangeEvent): void {
    if (this.#pendingFrom !== undefined || change.revision < this.#start || !this.#wants(changed)) return;
    this.#pendingFrom = change.revision;
    this.#wake?.();
  }

  /** Resolves when there may be something to read, or `wakeUp` is called. One caller at a time. */
  waiting(): Promise<void> {
    if (this.#pendingFrom !== undefined || this.#end !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  wakeUp(): void {
    this.#wake?.();
  }

  /** It delivers nothing more. */
  end(why: Error): void {
    this.#end = why;
    this.#wake?.();
  }

  /**
   * The next events in whole revisions, up to the batch limits.
   * @param header of the store now
   * @param keyspace that is watched, now
   * @returns undefined when everything up to the store's revision has been delivered
   * @throws CompactedError when what comes next is no longer there, and what it was ended with
   */
  read(header: Header, { history, floor }: KeyspaceState): WatchBatch | undefined {
    if (this.#end !== undefined) throw this.#end;
    if (this.#pendingFrom === undefined) return undefined;
    if (this.#pendingFrom < floor) throw new CompactedError(this.#pendingFrom, floor);
    const events: WatchEvent[] = [];
    let bytes = 0;
    for (let position = history.position(this.#pendingFrom); position < history.length; position += 1) {
      const change = history.at(position);
      for (const changed of change.events) {
        if (!this.#wants(changed)) continue;
        events.push(this.#asAsked(changed));
        bytes += eventBytes(changed);
      }
      if (
        (events.length >= WATCH_BATCH_EVENTS_MAX || bytes >= WATCH_BATCH_BYTES_MAX) &&
        position + 1 < history.length
      ) {
        this.#pendingFrom = this.#nextWanted(history, position + 1);
        return { kind: 'events', incarnation: header.incarnation, revision: change.revision, events };
      }
    }
    this.#pendingFrom = undefined;
    return events.length === 0 ? undefined : { kind: 'events', ...header, events };
  }

  /** The first change from `position` on that has something to deliver: what is compacted before it is no loss. */
  #nextWanted(history: History, position: number): Revision | undefined {
    for (let next = position; next < history.length; next += 1) {
      const change = history.at(next);
      if (change.events.some((changed) => this.#wants(changed))) return change.revision;
    }
    return undefined;
  }

  #wants({ event }: ChangeEvent): boolean {
    const { keys, events } = this.request;
    if (event.kind === 'put') return events !== 'deletes' && rangeIncludes(keys, event.keyValue.key);
    return events !== 'puts' && rangeIncludes(keys, event.key);
  }

  /** Without `previous`, all watchers are given the same object. */
  #asAsked({ event, previous }: ChangeEvent): WatchEvent {
    return this.request.previous === true ? { ...event, previous } : event;
  }
}

function eventBytes({ event, previous }: ChangeEvent): number {
  const bytes = event.kind === 'put' ? keyValueBytes(event.keyValue) : event.key.length;
  return bytes + (previous === undefined ? 0 : keyValueBytes(previous));
}
