import type { Clock, Principal } from '@portolan/kernel';
import { PortolanError } from '@portolan/kernel';
import {
  idempotencyKey,
  orderBody,
  placeOrder,
  PartScope,
  unquoted,
  type AnsweringOptions,
  type ShopServices,
} from '@portolan/shop';
import { z } from 'zod';
import { orderView, viewOfOrder, type OrderView } from '../views/order.ts';

/** Orders that an app sends at once when it is online again; what is more comes with the next request. */
const ORDERS_MAX = 20;
/** After this no further order is begun: the app hears of those that are placed, and sends the others again. */
const REPLAY_MS = 5_000;

export const replayBody = z
  .strictObject(
    {
      orders: z
        .array(z.strictObject({ key: idempotencyKey, lines: orderBody.shape.lines }), 'must be a list of orders')
        .min(1, 'must have at least one order')
        .max(ORDERS_MAX, `must have at most ${ORDERS_MAX} orders`)
        .refine((orders) => new Set(orders.map(({ key }) => unquoted(key))).size === orders.length, 'have a key twice')
        .describe('In the order in which they were made.'),
    },
    'must be an object',
  )
  .meta({ id: 'Replay' });

const refusalView = z.strictObject({ code: z.string(), detail: z.string(), fix: z.string() }).meta({ id: 'Refusal' });

export const replayView = z
  .strictObject({
    results: z.array(
      z
        .strictObject({
          key: z.string(),
          outcome: z
            .enum(['placed', 'refused', 'retry'])
            .describe('placed: also when it was before. refused: forget it. retry: send it again, under the same key.'),
          order: orderView.optional(),
          problem: refusalView.optional(),
        })
        .meta({ id: 'ReplayResult' }),
    ),
  })
  .meta({ id: 'ReplayResults' });
export type ReplayView = z.infer<typeof replayView>;
type ReplayResult = ReplayView['results'][number];

export interface ReplayOptions {
  readonly services: ShopServices;
  readonly scope: AnsweringOptions;
  readonly clock: Clock;
  readonly gone: AbortSignal;
}

/** Places what an app collected while it was offline: one after the other, each once, whatever was sent before. */
export async function replayOrders(
  { services, scope, clock, gone }: ReplayOptions,
  customer: Principal,
  orders: z.infer<typeof replayBody>['orders'],
): Promise<ReplayView> {
  const until = clock.now() + REPLAY_MS;
  const results: ReplayResult[] = [];
  for (const { key: quoted, lines } of orders) {
    const key = unquoted(quoted);
    if (gone.aborted || clock.now() >= until) {
      results.push({ key, outcome: 'retry', problem: NOT_BEGUN });
      continue;
    }
    using parts = new PartScope({ ...scope, gone });
    try {
      const order: OrderView = viewOfOrder(await placeOrder(services, parts, customer, { idempotencyKey: key, lines }));
      results.push({ key, outcome: 'placed', order });
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      const { code, message: detail, fix } = error;
      results.push({ key, outcome: isFinal(error) ? 'refused' : 'retry', problem: { code, detail, fix } });
    }
  }
  return { results };
}

const NOT_BEGUN = { code: 'BFF_MOBILE_REPLAY_CUT', detail: 'there was no time for it', fix: 'send it again' };

/** Whether the same order would be refused again. */
function isFinal({ kind }: PortolanError): boolean {
  return kind === 'invalid' || kind === 'not-found' || kind === 'precondition' || kind === 'forbidden';
}
