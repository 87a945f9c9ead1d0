import { assert } from '@portolan/kernel';
import type { TrueRevision, WatchedEvent, WatchedKeyValue, WatchedStream } from './watched-stream.ts';

/** Every event that a watch of everything, with `previous`, should have been sent. In order. */
export function trueEvents(revisions: readonly TrueRevision[]): readonly WatchedEvent[] {
  const keys = new Map<string, WatchedKeyValue>();
  const events: WatchedEvent[] = [];
  let latest = 0;
  for (const { revision, changes } of revisions) {
    assert(revision > latest, `the true revisions do not rise at ${revision}`);
    latest = revision;
    for (const { key, value } of changes) {
      const previous = keys.get(key);
      if (value === undefined) {
        keys.delete(key);
        events.push({ kind: 'delete', key, modRevision: revision, previous });
        continue;
      }
      const createRevision = previous?.createRevision ?? revision;
      const put = { value, createRevision, modRevision: revision, version: (previous?.version ?? 0) + 1 };
      keys.set(key, put);
      events.push({ kind: 'put', key, previous, ...put });
    }
  }
  return events;
}

/** Whether the watcher asked for it, its revision aside. */
export function isAskedFor(stream: WatchedStream, event: WatchedEvent): boolean {
  const { events = 'all' } = stream;
  return stream.matches(event.key) && (events === 'all' || events === `${event.kind}s`);
}

/** Of a key there is one event in a revision. */
export function nameOf(event: WatchedEvent): string {
  return `${event.kind} ${event.key} at ${event.modRevision}`;
}
