import { problemShape, type ProblemMapping } from '@portolan/http-api';
import { z } from 'zod';

const shortageView = z
  .strictObject({ productId: z.string(), requested: z.int().min(1), available: z.int().min(0) })
  .meta({ id: 'Shortage' });

/** What a request to the shop that failed is answered with. */
export const problemView = z
  .strictObject({
    ...problemShape,
    shortages: z
      .array(shortageView)
      .describe('Of which product there is too little, when an order meets no stock.')
      .optional(),
  })
  .meta({ id: 'Problem' });

/** The refusals of the shop's services, as its frontends are told them. */
export const SHOP_PROBLEMS: ProblemMapping = {
  statusOfCode: {
    ORDERS_KEY_REUSED: 422,
    ORDERS_INVALID_ORDER: 422,
    SHOP_PART_FAILED: 502,
    SHOP_MALFORMED_ANSWER: 502,
  },
  codesWithFields: ['ORDERS_INVALID_ORDER'],
};
