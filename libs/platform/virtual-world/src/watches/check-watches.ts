import { isAskedFor, nameOf, trueEvents } from './true-events.ts';
import type { TrueRevision, WatchedEvent, WatchedKeyValue, WatchedStream } from './watched-stream.ts';

/** Reported of one stream: what is wrong is wrong again in a hundred events after it. */
export const WATCH_VIOLATIONS_MAX = 20;

/**
 * What etcd promises of a watch, by its names, and what an event says.
 * - `ordered`: revisions never fall
 * - `unique`: no event comes twice
 * - `atomic`: all events of a revision come in one batch
 * - `reliable`: none is missing between two that came
 * - `resumable`: from the revision asked for, nothing is missing and nothing older comes
 * - `bookmarkable`: at a bookmark, everything up to it has come, and nothing up to it comes later
 * - `filter`: nothing comes that was not asked for
 * - `previous`: what the key was before, when asked for, and only then
 * - `is-create`: a put names the revision of the put that created its key
 * - `true`: what it says has happened
 */
export type WatchGuarantee =
  | 'ordered'
  | 'unique'
  | 'atomic'
  | 'reliable'
  | 'resumable'
  | 'bookmarkable'
  | 'filter'
  | 'previous'
  | 'is-create'
  | 'true';

export interface WatchViolation {
  readonly watcher: string;
  readonly guarantee: WatchGuarantee;
  /** What is wrong, naming the event. */
  readonly what: string;
}

/**
 * Holds what watchers were sent against what happened.
 * @param truth every revision of the store, from the first
 * @returns what is broken, stream by stream; of each at most `WATCH_VIOLATIONS_MAX`
 */
export function checkWatches(
  truth: readonly TrueRevision[],
  streams: readonly WatchedStream[],
): readonly WatchViolation[] {
  const events = trueEvents(truth);
  const byName = new Map(events.map((event) => [nameOf(event), event]));
  return streams.flatMap((stream) => {
    const expected = events.filter((event) => event.modRevision >= stream.from && isAskedFor(stream, event));
    const check = new StreamCheck(stream, expected, byName);
    return check.run().slice(0, WATCH_VIOLATIONS_MAX);
  });
}

/** One pass over the batches, in the order in which they came. */
class StreamCheck {
  readonly #stream: WatchedStream;
  readonly #expected: readonly WatchedEvent[];
  readonly #true: ReadonlyMap<string, WatchedEvent>;
  readonly #violations: WatchViolation[] = [];
  /** By name. */
  readonly #delivered = new Set<string>();
  #latestRevision = 0;
  #bookmark = 0;
  /** Of the last revision, the batch before this one may have had a part. */
  #openRevision = 0;
  /** How many of the expected events the last bookmark covered. */
  #bookmarked = 0;

  constructor(stream: WatchedStream, expected: readonly WatchedEvent[], byName: ReadonlyMap<string, WatchedEvent>) {
    this.#stream = stream;
    this.#expected = expected;
    this.#true = byName;
  }

  run(): readonly WatchViolation[] {
    for (const { events, upTo, isFragment } of this.#stream.batches) {
      const latestBefore = this.#latestRevision;
      for (const event of events) this.#receive(event, latestBefore);
      this.#openRevision = isFragment === true ? this.#latestRevision : 0;
      if (upTo !== undefined) this.#reach(upTo);
    }
    this.#findMissing();
    return this.#violations;
  }

  #receive(event: WatchedEvent, latestBefore: number): void {
    const name = nameOf(event);
    const revision = event.modRevision;
    const isAgain = this.#delivered.has(name);
    this.#delivered.add(name);
    if (isAgain) this.#broken('unique', `${name} comes again`);
    else if (revision <= this.#bookmark)
      this.#broken('bookmarkable', `${name} comes after the bookmark ${this.#bookmark}`);
    else if (revision < this.#latestRevision)
      this.#broken('ordered', `${name} comes after revision ${this.#latestRevision}`);
    else if (revision === latestBefore && revision !== this.#openRevision) {
      this.#broken('atomic', `${name} comes in another batch than the rest of its revision`);
    }
    if (revision < this.#stream.from) this.#broken('resumable', `${name} is before ${this.#stream.from}`);
    if (!isAskedFor(this.#stream, event)) this.#broken('filter', `${name} was not asked for`);
    this.#latestRevision = Math.max(this.#latestRevision, revision);
    this.#compare(event, this.#true.get(name));
  }

  #compare(event: WatchedEvent, happened: WatchedEvent | undefined): void {
    const name = nameOf(event);
    if (happened === undefined) {
      this.#broken('true', `${name} has never happened`);
      return;
    }
    const previous = this.#stream.previous === true ? happened.previous : undefined;
    if (!isSame(event.previous, previous)) {
      this.#broken('previous', `${name} says that it was ${textOf(event.previous)} before, not ${textOf(previous)}`);
    }
    if (event.kind !== 'put' || happened.kind !== 'put') return;
    if (event.createRevision !== happened.createRevision) {
      this.#broken('is-create', `${name} says created at ${event.createRevision}, not ${happened.createRevision}`);
    }
    if (event.value !== happened.value || event.version !== happened.version) {
      this.#broken('true', `${name} says ${textOf(event)}, not ${textOf(happened)}`);
    }
  }

  #reach(bookmark: number): void {
    this.#bookmark = Math.max(this.#bookmark, bookmark);
    for (; this.#bookmarked < this.#expected.length; this.#bookmarked += 1) {
      const event = this.#expected[this.#bookmarked];
      if (event === undefined || event.modRevision > bookmark) return;
      if (!this.#delivered.has(nameOf(event))) {
        this.#broken('bookmarkable', `${nameOf(event)} has not come before the bookmark ${bookmark}`);
      }
    }
  }

  #findMissing(): void {
    const { from, settledAt = 0 } = this.#stream;
    const came = this.#expected.filter((event) => this.#delivered.has(nameOf(event)));
    const first = came[0]?.modRevision ?? Number.POSITIVE_INFINITY;
    const revisions = new Set(came.map(({ modRevision }) => modRevision));
    for (const event of this.#expected) {
      const revision = event.modRevision;
      if (revision > Math.max(this.#latestRevision, settledAt)) return;
      const name = nameOf(event);
      if (this.#delivered.has(name)) continue;
      if (revisions.has(revision)) this.#broken('atomic', `${name} is missing, the rest of its revision has come`);
      else if (revision < first && first < Number.POSITIVE_INFINITY) {
        this.#broken('resumable', `${name} is missing, the first from ${from} on`);
      } else if (revision > this.#latestRevision) this.#broken('reliable', `${name} has never come`);
      else this.#broken('reliable', `${name} is missing, revision ${this.#latestRevision} has come`);
    }
  }

  #broken(guarantee: WatchGuarantee, what: string): void {
    this.#violations.push({ watcher: this.#stream.watcher, guarantee, what });
  }
}

function isSame(one: WatchedKeyValue | undefined, other: WatchedKeyValue | undefined): boolean {
  return textOf(one) === textOf(other);
}

function textOf(keyValue: WatchedKeyValue | undefined): string {
  if (keyValue === undefined) return 'nothing';
  const { value, createRevision, modRevision, version } = keyValue;
  return `"${value}" created ${createRevision} modified ${modRevision} version ${version}`;
}
