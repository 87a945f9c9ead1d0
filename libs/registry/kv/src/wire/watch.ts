import * as proto from '@portolan/contracts/kv';
import type { Principal } from '@portolan/kernel';
import { MalformedAnswerError, MalformedRequestError } from '../errors.ts';
import { revision } from '../ids.ts';
import { keyFromBytes } from '../key.ts';
import type { WatchBatch, WatchEvent, WatchRequest } from '../watch-request.ts';
import {
  decodeKeys,
  decodeKeyspace,
  decodeKeyValue,
  decodeRevision,
  encodeHeader,
  encodeKey,
  encodeKeys,
  encodeKeyspace,
  encodeKeyValue,
  encodeRevision,
} from './scalars.ts';

/** Events of one message, about: it carries at most 4 MiB, and one event has a value of up to 1.5 MiB, twice with `previous`. */
const MESSAGE_BYTES_MAX = 512 * 1024;

export function encodeWatchRequest(request: WatchRequest): proto.WatchRequest {
  return {
    keyspace: encodeKeyspace(request.keyspace),
    ...encodeKeys(request.keys),
    startRevision: encodeRevision(request.startRevision),
    previous: request.previous === true,
    noPut: request.events === 'deletes',
    noDelete: request.events === 'puts',
    progress: request.progress === true,
  };
}

export function decodeWatchRequest(request: proto.WatchRequest, principal: Principal): WatchRequest {
  if (request.noPut && request.noDelete) {
    throw new MalformedRequestError('a watch has no_put and no_delete', 'leave one of them out');
  }
  const startRevision = decodeRevision(request.startRevision);
  return {
    principal,
    keyspace: decodeKeyspace(request.keyspace),
    keys: decodeKeys(request),
    ...(startRevision !== undefined && { startRevision }),
    ...(request.previous && { previous: true }),
    ...(request.noPut ? { events: 'deletes' } : request.noDelete ? { events: 'puts' } : {}),
    ...(request.progress && { progress: true }),
  };
}

/** The messages of one batch: several, all but the last with `more`, when it is too large for one. */
export function* encodeWatchBatch(batch: WatchBatch): Generator<proto.WatchResponse, void, undefined> {
  const header = encodeHeader(batch);
  let events: proto.Event[] = [];
  let bytes = 0;
  for (const event of batch.events) {
    const encoded = encodeEvent(event);
    const size = eventBytes(encoded);
    if (bytes > 0 && bytes + size > MESSAGE_BYTES_MAX) {
      yield { header, events, more: true };
      events = [];
      bytes = 0;
    }
    events.push(encoded);
    bytes += size;
  }
  yield { header, events, more: false };
}

/** Of one message; `more` says that the batch is not yet whole. */
export function decodeWatchEvents(response: proto.WatchResponse): readonly WatchEvent[] {
  return response.events.map(decodeEvent);
}

export function encodeEvent(event: WatchEvent): proto.Event {
  const previous = event.previous === undefined ? undefined : encodeKeyValue(event.previous);
  if (event.kind === 'put') return { type: proto.Event_Type.PUT, keyValue: encodeKeyValue(event.keyValue), previous };
  const keyValue = {
    key: encodeKey(event.key),
    value: Buffer.alloc(0),
    createRevision: 0n,
    modRevision: BigInt(event.modRevision),
    version: 0n,
    lease: 0n,
  };
  return { type: proto.Event_Type.DELETE, keyValue, previous };
}

export function decodeEvent({ type, keyValue, previous: before }: proto.Event): WatchEvent {
  if (keyValue === undefined) throw new MalformedAnswerError('an event without its key');
  const previous = before === undefined ? {} : { previous: decodeKeyValue(before) };
  switch (type) {
    case proto.Event_Type.PUT:
      return { kind: 'put', keyValue: decodeKeyValue(keyValue), ...previous };
    case proto.Event_Type.DELETE:
      return {
        kind: 'delete',
        key: keyFromBytes(keyValue.key),
        modRevision: revision(keyValue.modRevision),
        ...previous,
      };
    default:
      throw new MalformedAnswerError(`an event of unknown type ${String(type)}`);
  }
}

function eventBytes({ keyValue, previous }: proto.Event): number {
  const fixed = 64;
  const current = (keyValue?.key.length ?? 0) + (keyValue?.value.length ?? 0);
  return fixed + current + (previous === undefined ? 0 : previous.key.length + previous.value.length);
}
