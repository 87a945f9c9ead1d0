import type { Revision } from '../ids.ts';
import type { KeyValue } from '../key-value.ts';
import type { WatchEvent } from '../watch-request.ts';

/** What happened to one key, as watchers see it, and what the key was before: needed to undo it and to tell watchers who ask. */
export interface ChangeEvent {
  readonly event: WatchEvent;
  readonly previous: KeyValue | undefined;
}

/** What one revision changed in one keyspace. A key occurs at most once. */
export interface Change {
  readonly revision: Revision;
  readonly events: readonly ChangeEvent[];
}

export function keyValueBytes(keyValue: KeyValue): number {
  return keyValue.key.length + keyValue.value.length;
}

/** An upper bound: `previous` is usually held by an earlier change as well. */
export function changeBytes(change: Change): number {
  let bytes = 0;
  for (const { event, previous } of change.events) {
    bytes += event.kind === 'put' ? keyValueBytes(event.keyValue) : event.key.length;
    if (previous !== undefined) bytes += keyValueBytes(previous);
  }
  return bytes;
}
