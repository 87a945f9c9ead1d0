import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { z } from 'zod';

/** An id is a name in logs and keys; none that we make is longer. */
const ID_CHARACTERS_MAX = 200;
/** An event says what happened, not everything about it. Larger: whoever wants more asks for it. */
export const EVENT_BYTES_MAX = 64 * 1024;

/** Words by dots: `order.placed`. */
const topic = z.string().regex(/^[\w-]+(?:\.[\w-]+){0,7}$/, 'is not words by dots, such as order.placed');

const eventSchema = z.object({
  id: z
    .string()
    .min(1)
    .max(ID_CHARACTERS_MAX)
    .regex(/^[\w.:-]+$/, 'is not letters, digits, _ . : or -'),
  topic,
  occurredAt: z.int().min(0),
  data: z.json(),
});

/** Something that happened. */
export type EventRecord = Readonly<z.infer<typeof eventSchema>>;

/** What cannot be sent, or was received, as an event. */
export class MalformedEventError extends PortolanError {
  readonly code = 'MESSAGING_MALFORMED_EVENT';
  readonly kind: ErrorKind = 'invalid';
}

/** The event as it travels and lies in queues. @throws MalformedEventError */
export function encodeEvent(event: EventRecord): Buffer {
  const checked = eventSchema.safeParse(event);
  if (!checked.success) throw malformed(`event "${event.id}"`, checked.error);
  const bytes = Buffer.from(JSON.stringify(checked.data));
  if (bytes.length > EVENT_BYTES_MAX) {
    throw new MalformedEventError(`event "${event.id}" has ${bytes.length} bytes, more than ${EVENT_BYTES_MAX}`, {
      fix: 'send what happened, and where the rest can be asked for',
    });
  }
  return bytes;
}

/** @throws MalformedEventError */
export function decodeEvent(bytes: Uint8Array): EventRecord {
  try {
    return eventSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch (error) {
    throw malformed(`a message of ${bytes.length} bytes`, error);
  }
}

const malformed = (what: string, cause: unknown): MalformedEventError =>
  new MalformedEventError(`${what} is no event: ${cause instanceof Error ? cause.message : String(cause)}`, {
    fix: 'send {id, topic, occurredAt, data} as JSON',
    cause,
  });
