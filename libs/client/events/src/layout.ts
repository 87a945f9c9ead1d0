import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { keyOf, keyToText, type Key, type KeyValue } from '@portolan/kv';
import { z } from 'zod';

/** Where events are, in the user keyspace. Names and ids hold no slash. */
export const EVENTS_PREFIX = keyOf('messaging/events/');
export const eventKey = (id: string): Key => keyOf(`messaging/events/${id}`);
/** The revision from which on a group wants events: that of this key's creation. */
export const groupKey = (group: string): Key => keyOf(`messaging/groups/${group}/since`);
export const leaderKey = (group: string): Key => keyOf(`messaging/groups/${group}/leader`);
export const progressPrefix = (group: string): Key => keyOf(`messaging/groups/${group}/progress/`);
export const progressKey = (group: string, id: string): Key => keyOf(`messaging/groups/${group}/progress/${id}`);
export const deadPrefix = (group: string): Key => keyOf(`messaging/groups/${group}/dead/`);
export const deadKey = (group: string, id: string): Key => keyOf(`messaging/groups/${group}/dead/${id}`);

/** How far a group has come with one event. */
const progressSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('handled') }),
  z.object({ state: z.literal('dead') }),
  z.object({ state: z.literal('retry'), attempts: z.int().min(1), dueAt: z.int() }),
]);
export type Progress = Readonly<z.infer<typeof progressSchema>>;

const deadSchema = z.object({ event: z.string(), attempts: z.int().min(1), reason: z.string() });
/** `event` as it was encoded. */
export type Dead = Readonly<z.infer<typeof deadSchema>>;

/** What lies under a key of the event log is not what this version writes there. */
export class UnreadableEventRecordError extends PortolanError {
  readonly code = 'EVENTS_UNREADABLE_RECORD';
  readonly kind: ErrorKind = 'internal';
}

const encode = (record: Progress | Dead): Uint8Array => Buffer.from(JSON.stringify(record));
export const encodeProgress = (progress: Progress): Uint8Array => encode(progress);
export const encodeDead = (dead: Dead): Uint8Array => encode(dead);

/** @throws UnreadableEventRecordError */
export const decodeProgress = (stored: KeyValue): Progress => decode(progressSchema, stored);
/** @throws UnreadableEventRecordError */
export const decodeDead = (stored: KeyValue): Dead => decode(deadSchema, stored);

function decode<Schema extends z.ZodType>(schema: Schema, { key, value }: KeyValue): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(value).toString()));
  } catch (cause) {
    const name = keyToText(key);
    throw new UnreadableEventRecordError(`what is stored under ${name} cannot be read`, {
      fix: 'run the version that wrote it, or delete it',
      context: { key: name },
      cause,
    });
  }
}
