import type { WatchEvent } from '@portolan/kv';
import type { WireWriter } from './wire-writer.ts';
import { writeKeyValue } from './write-key-value.ts';

/** Fields, as `number << 3 | type` of etcd's contract. */
const EVENTS = 0x5a;
const EVENT = { type: 0x08, keyValue: 0x12, previous: 0x1a } as const;
const DELETED = { key: 0x0a, mod: 0x18 } as const;
const DELETE = 1;

/** As fields of the answer of a watch that is written. */
export function writeEvents(writer: WireWriter, events: readonly WatchEvent[]): void {
  for (let index = events.length - 1; index >= 0; index -= 1) {
    const event = events[index];
    if (event !== undefined) writeEvent(writer, event);
  }
}

function writeEvent(writer: WireWriter, event: WatchEvent): void {
  const from = writer.written;
  if (event.previous !== undefined) writeKeyValue(writer, EVENT.previous, event.previous);
  if (event.kind === 'put') {
    writeKeyValue(writer, EVENT.keyValue, event.keyValue);
  } else {
    const fromKey = writer.written;
    writer.numberField(DELETED.mod, event.modRevision);
    writer.latin1Field(DELETED.key, event.key);
    writer.message(EVENT.keyValue, fromKey);
    writer.numberField(EVENT.type, DELETE);
  }
  writer.message(EVENTS, from);
}
