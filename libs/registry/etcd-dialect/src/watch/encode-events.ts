import type { ResponseHeader } from '@portolan/contracts/etcd/header';
import { Event_EventType, type Event } from '@portolan/contracts/etcd/mvcc';
import type { WatchResponse } from '@portolan/contracts/etcd/watch';
import type { WatchEvent } from '@portolan/kv';
import { keyBuffer } from '../etcd-key-range.ts';
import { encodeKeyValue } from '../etcd-key-value.ts';

/** A fragment, in bytes, about: what fits into a message for every client, as in etcd. */
const FRAGMENT_BYTES = 2 * 1_048_576;

export function encodeEvent(event: WatchEvent): Event {
  const prevKv = event.previous === undefined ? undefined : encodeKeyValue(event.previous);
  if (event.kind === 'put') return { type: Event_EventType.PUT, kv: encodeKeyValue(event.keyValue), prevKv };
  const kv = {
    key: keyBuffer(event.key),
    modRevision: BigInt(event.modRevision),
    createRevision: 0n,
    version: 0n,
    value: Buffer.alloc(0),
    lease: 0n,
  };
  return { type: Event_EventType.DELETE, kv, prevKv };
}

const PLAIN = { created: false, canceled: false, compactRevision: 0n, cancelReason: '', fragment: false } as const;

/** An answer without events: something was created, cancelled, or got so far. */
export function note(
  header: ResponseHeader,
  watchId: bigint,
  what: Partial<Omit<WatchResponse, 'header' | 'watchId'>> = {},
): WatchResponse {
  return { ...PLAIN, events: [], header, watchId, ...what };
}

/** For a client that wants fragments: the events of a large answer in as many parts as it takes; the answer is whole at the last one. */
export function fragmentsOf(events: readonly WatchEvent[]): readonly (readonly WatchEvent[])[] {
  const parts: WatchEvent[][] = [];
  let part: WatchEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = sizeOf(event);
    if (part.length > 0 && bytes + size > FRAGMENT_BYTES) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(event);
    bytes += size;
  }
  parts.push(part);
  return parts;
}

/** A little more than what the numbers of two keys and their fields take. */
const EVENT_BYTES = 128;

function sizeOf(event: WatchEvent): number {
  const { previous } = event;
  const before = previous === undefined ? 0 : previous.key.length + previous.value.length;
  const now = event.kind === 'put' ? event.keyValue.key.length + event.keyValue.value.length : event.key.length;
  return EVENT_BYTES + before + now;
}
