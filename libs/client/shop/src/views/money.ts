import type { Money as MoneyMessage } from '@portolan/contracts/money';
import { checkedInteger } from '@portolan/kernel';
import { z } from 'zod';
import { MalformedAnswerError } from '../parts/part-errors.ts';

export const moneyView = z
  .strictObject({
    amountMinor: z
      .int()
      .min(0)
      .describe('In the smallest unit of the currency: 1999 of EUR is €19.99.')
      .meta({ examples: [1999] }),
    currency: z
      .string()
      .length(3)
      .describe('ISO 4217.')
      .meta({ examples: ['EUR'] }),
  })
  .meta({ id: 'Money' });
export type MoneyView = z.infer<typeof moneyView>;

/** @throws MalformedAnswerError when a service leaves out an amount that it owes */
export function viewOfMoney(money: MoneyMessage | undefined, what: string): MoneyView {
  if (money === undefined) throw new MalformedAnswerError(what);
  return { amountMinor: checkedInteger(money.amountMinor, what), currency: money.currency };
}
