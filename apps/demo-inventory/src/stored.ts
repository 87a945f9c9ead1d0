import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { keyOf, keyToText, type Key, type KeyValue } from '@portolan/kv';
import { z } from 'zod';

/** Where things are, in the user keyspace. */
export const stockKey = (productId: string): Key => keyOf(`inventory/stock/${productId}`);
export const reservationKey = (id: string): Key => keyOf(`inventory/reservations/${id}`);

/** JSON, so that an operator can read it; `format` is what a later version tells ours by. */
const FORMAT = z.literal(1);
const line = z.object({ productId: z.string(), quantity: z.int().min(1) });

const stockSchema = z.object({ format: FORMAT, available: z.int().min(0) });

const reservationSchema = z.discriminatedUnion('state', [
  z.object({ format: FORMAT, state: z.literal('reserved'), lines: z.array(line) }),
  /** There was too little: nothing was taken, and asking again under this id answers the same. */
  z.object({
    format: FORMAT,
    state: z.literal('refused'),
    lines: z.array(line),
    shortage: z.array(z.object({ productId: z.string(), requested: z.int(), available: z.int().min(0) })),
  }),
  /** Given back, or released before it came: it takes nothing any more. */
  z.object({ format: FORMAT, state: z.literal('released') }),
]);
export type StoredReservation = Readonly<z.infer<typeof reservationSchema>>;

/** What lies under a key is not what this version writes there. */
export class UnreadableRecordError extends PortolanError {
  readonly code = 'INVENTORY_UNREADABLE_RECORD';
  readonly kind: ErrorKind = 'internal';
}

/** Kept fields of the wrong format are an error, not a default: guessing would sell what is not there. */
function decode<Schema extends z.ZodType>(schema: Schema, { key, value }: KeyValue): z.infer<Schema> {
  const name = keyToText(key);
  try {
    return schema.parse(JSON.parse(Buffer.from(value).toString()));
  } catch (error) {
    throw new UnreadableRecordError(`what is stored under ${name} cannot be read`, {
      fix: `run the version that wrote it, or correct it: portolan reads JSON with "format": 1 there`,
      context: { key: name },
      cause: error,
    });
  }
}

const encode = (record: object): Uint8Array => Buffer.from(JSON.stringify({ format: 1, ...record }));

/** @throws UnreadableRecordError */
export const decodeStock = (stored: KeyValue): number => decode(stockSchema, stored).available;
export const encodeStock = (available: number): Uint8Array => encode({ available });

/** @throws UnreadableRecordError */
export const decodeReservation = (stored: KeyValue): StoredReservation => decode(reservationSchema, stored);
export const encodeReservation = (reservation: StoredReservation): Uint8Array => encode(reservation);
