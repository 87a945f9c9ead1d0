import { StoredOrder, type Order } from '@portolan/contracts/orders';
import { PortolanError, type ErrorKind } from '@portolan/kernel';
import { keyOf, keyToText, type Key, type KeyValue } from '@portolan/kv';
import { z } from 'zod';

/** A customer, as part of a key: what `formatPrincipal` writes, in which no slash occurs. */
export type Customer = string;

/** Where things are, in the user keyspace. What belongs to one idempotency key lies under one name in three folders. */
export const orderKey = (id: string): Key => keyOf(`orders/by-id/${id}`);
export const placedKey = (customer: Customer, key: string): Key => keyOf(`orders/idempotency/${customer}/${key}`);
export const intentKey = (customer: Customer, key: string): Key => keyOf(`${INTENTS}${customer}/${key}`);
export const claimKey = (customer: Customer, key: string): Key => keyOf(`orders/claims/${customer}/${key}`);
export const historyPrefix = (customer: Customer): Key => keyOf(`orders/by-customer/${customer}/`);

const INTENTS = 'orders/intents/';
export const INTENTS_PREFIX: Key = keyOf(INTENTS);

/** Room for every time that a Date can have. */
const TIME_MAX = 8.64e15;
const TIME_DIGITS = 16;

/** Newest first, by key. */
export const historyKey = (customer: Customer, placedAt: number, id: string): Key =>
  keyOf(`orders/by-customer/${customer}/${String(TIME_MAX - placedAt).padStart(TIME_DIGITS, '0')}-${id}`);

/** JSON, so that an operator can read it; `format` is what a later version tells ours by. */
const FORMAT = z.literal(1);

/** That an order was placed under an idempotency key. Forgotten after the retention of keys. */
const placedSchema = z.object({ format: FORMAT, orderId: z.string(), fingerprint: z.string() });
export type Placed = Readonly<Omit<z.infer<typeof placedSchema>, 'format'>>;

/** That an order is to be placed: written before anything is reserved, removed with its outcome. */
const intentSchema = z.object({
  format: FORMAT,
  orderId: z.string(),
  customer: z.string(),
  idempotencyKey: z.string(),
  fingerprint: z.string(),
  lines: z.array(z.object({ productId: z.string(), quantity: z.int().min(1) })).readonly(),
});
export type Intent = Readonly<Omit<z.infer<typeof intentSchema>, 'format'>>;

/** What lies under a key is not what this version writes there. */
export class UnreadableRecordError extends PortolanError {
  readonly code = 'ORDERS_UNREADABLE_RECORD';
  readonly kind: ErrorKind = 'internal';
}

function unreadable(key: Key, cause: unknown): UnreadableRecordError {
  const name = keyToText(key);
  return new UnreadableRecordError(`what is stored under ${name} cannot be read`, {
    fix: 'run the version that wrote it, or correct it',
    context: { key: name },
    cause,
  });
}

function decode<Schema extends z.ZodType>(schema: Schema, { key, value }: KeyValue): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(value).toString()));
  } catch (error) {
    throw unreadable(key, error);
  }
}

const encode = (record: object): Uint8Array => Buffer.from(JSON.stringify({ format: 1, ...record }));

/** @throws UnreadableRecordError */
export const decodePlaced = (stored: KeyValue): Placed => decode(placedSchema, stored);
export const encodePlaced = ({ orderId, fingerprint }: Placed): Uint8Array => encode({ orderId, fingerprint });

/** @throws UnreadableRecordError */
export const decodeIntent = (stored: KeyValue): Intent => decode(intentSchema, stored);
export const encodeIntent = (intent: Intent): Uint8Array => encode(intent);

const ORDER_FORMAT = 1;

export const encodeOrder = (customer: Customer, order: Order): Uint8Array =>
  StoredOrder.encode({ formatVersion: ORDER_FORMAT, customer, order }).finish();

/** @throws UnreadableRecordError */
export function decodeOrder({ key, value }: KeyValue): { readonly customer: Customer; readonly order: Order } {
  let stored: StoredOrder;
  try {
    stored = StoredOrder.decode(value);
  } catch (error) {
    throw unreadable(key, error);
  }
  const { formatVersion, customer, order } = stored;
  if (formatVersion !== ORDER_FORMAT || order === undefined) throw unreadable(key, `format ${formatVersion}`);
  return { customer, order };
}
