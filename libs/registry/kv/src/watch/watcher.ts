import type { Header } from '../header.ts';
import { revision as toRevision, type Revision } from '../ids.ts';
import { rangeIncludes } from '../key-range.ts';
import { CompactedError } from '../errors.ts';
import { WATCH_BATCH_BYTES_MAX, WATCH_BATCH_EVENTS_MAX } from '../limits.ts';
import { keyValueBytes, type Change, type ChangeEvent } from '../machine/change.ts';
import type { History } from '../machine/history.ts';
import type { KeyspaceState } from '../machine/keyspace-state.ts';
import type { WatchBatch, WatchEvent, WatchRequest } from '../watch-request.ts';
import type { WakeUps } from './wake-ups.ts';

/**
 * Changes that a watch knows it has to deliver, at most: the ones behind them it has to look for. More: more memory where readers are
 * slow, half a KiB a watch as it is; fewer: more of the history is looked through for nothing.
 */
export const PLACES_MAX = 64;

/**
 * One watch: places in the history, no queue. What a slow reader has not asked for yet stays where it is, in the history; when even
 * that is compacted, the watch ends with CompactedError.
 */
export class Watcher {
  readonly request: WatchRequest;
  readonly #start: Revision;
  #from: Revision;
  /** Changes that hold something to deliver, oldest first. */
  #places: Revision[] = [];
  /** Behind the last place there may be more. */
  #isFull = false;
  readonly #wakeUps: WakeUps;
  /** It waits. */
  #wake: (() => void) | undefined;
  #end: Error | undefined;

  /** @throws CompactedError when history does not reach back to the start */
  constructor(request: WatchRequest, keyspace: KeyspaceState, current: Revision, wakeUps: WakeUps) {
    this.request = request;
    this.#wakeUps = wakeUps;
    this.#start = request.startRevision ?? toRevision(current + 1);
    this.#from = this.#start;
    if (this.#start < keyspace.floor) throw new CompactedError(this.#start, keyspace.floor);
  }

  /** Everything before the start counts as delivered. */
  get deliveredAtStart(): Revision {
    return toRevision(this.#start - 1);
  }

  /** Nothing before it is to be noticed: it has been, or is not for this watch. */
  get from(): Revision {
    return this.#from;
  }

  /** To notice more is of no use: it is looked for when it is read. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** A snapshot took the place of the state, which was at revision `before`: what happened since is to be noticed. */
  resume(before: Revision): void {
    this.#from = toRevision(Math.max(this.#start, before + 1));
  }

  /** History does not reach back to `from`: nobody knows whether something is missing. */
  lose(): void {
    this.#places.push(this.#from);
    this.wakeUp();
  }

  /** Hot path: each event with a key in the range, in the order of their revisions. Only remembers where to read. */
  notice(change: Change, changed: ChangeEvent): void {
    if (this.#isFull || change.revision < this.#from || !this.#wants(changed)) return;
    const known = this.#places.length;
    if (known > 0 && this.#places[known - 1] === change.revision) return;
    this.#places.push(change.revision);
    this.#isFull = known + 1 === PLACES_MAX;
    if (known === 0 && this.#wake !== undefined) this.#wakeUps.add(this);
  }

  /** Resolves when there may be something to read, or `wakeUp` is called. One caller at a time. */
  waiting(): Promise<void> {
    if (this.#places.length > 0 || this.#end !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** It delivers nothing more. */
  end(why: Error): void {
    this.#end = why;
    this.wakeUp();
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
    const first = this.#places[0];
    if (first === undefined) return undefined;
    if (first < floor) throw new CompactedError(first, floor);
    const events: WatchEvent[] = [];
    let bytes = 0;
    let position = history.position(first);
    for (let read = 1; position < history.length; read += 1) {
      const change = history.at(position);
      for (const changed of change.events) {
        if (!this.#wants(changed)) continue;
        events.push(this.#asAsked(changed));
        bytes += eventBytes(changed);
      }
      position = this.#following(history, position, read);
      const isBatch = events.length >= WATCH_BATCH_EVENTS_MAX || bytes >= WATCH_BATCH_BYTES_MAX;
      if (isBatch && position < history.length) {
        this.#keep(history, position, read);
        return { kind: 'events', incarnation: header.incarnation, revision: change.revision, events };
      }
    }
    this.#places.length = 0;
    this.#isFull = false;
    return events.length === 0 ? undefined : { kind: 'events', ...header, events };
  }

  /** Where to read after the change at `position`, when so many changes have been read. */
  #following(history: History, position: number, read: number): number {
    const place = this.#places[read];
    if (place !== undefined) return history.position(place);
    return this.#isFull ? position + 1 : history.length;
  }

  /** So many changes have been read; the next one is at `position`, or behind it. What is compacted before the next place is no loss. */
  #keep(history: History, position: number, read: number): void {
    if (read < this.#places.length) {
      this.#places = this.#places.slice(read);
      return;
    }
    const next = this.#nextWanted(history, position);
    this.#places = next === undefined ? [] : [next];
    this.#isFull = next !== undefined;
  }

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
