import type { InventoryServiceService, ReserveResponse } from '@portolan/contracts/inventory';
import type { Implementation } from '@portolan/rpc';
import { checkIds } from '@portolan/service';
import type { ReserveOutcome } from './decisions.ts';
import type { Inventory } from './inventory.ts';

/** InventoryService over the domain. */
export function createInventoryService(inventory: Inventory): Implementation<typeof InventoryServiceService> {
  return {
    async getStock({ productIds }, { signal }) {
      const stock = await inventory.stockOf(checkIds(productIds), signal);
      return { stock: [...stock].map(([productId, available]) => ({ productId, available })) };
    },
    async reserve({ reservationId: id, lines }, { signal }) {
      return { outcome: toWire(await inventory.reserve({ id, lines }, signal)) };
    },
    async release({ reservationId }, { signal }) {
      await inventory.release(reservationId, signal);
      return {};
    },
  };
}

function toWire(outcome: ReserveOutcome): ReserveResponse['outcome'] {
  return outcome.kind === 'reserved'
    ? { $case: 'reserved', value: {} }
    : { $case: 'shortage', value: { lines: outcome.lines } };
}
