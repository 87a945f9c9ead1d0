import { InventoryServiceService } from '@portolan/contracts/inventory';
import { createClient, implement } from '@portolan/rpc';
import { startLoopback } from '@portolan/service/testing';
import { createInventoryService } from './inventory-service.ts';
import { openWarehouse } from './testing/warehouse.ts';

describe('InventoryService', () => {
  it('carries stock, reservations, shortages and refusals over the wire', async () => {
    await using warehouse = openWarehouse(new Map([['1', 10]]));
    const service = createInventoryService(warehouse.instance());
    await using loopback = await startLoopback([implement(InventoryServiceService, service)]);
    const inventory = createClient(InventoryServiceService, loopback.connection);
    const reserve = (reservationId: string, quantity: number): ReturnType<typeof inventory.reserve> =>
      inventory.reserve({ reservationId, lines: [{ productId: '1', quantity }] });

    expect(await reserve('r-1', 4)).toEqual({ outcome: { $case: 'reserved', value: {} } });
    expect(await reserve('r-2', 7)).toEqual({
      outcome: { $case: 'shortage', value: { lines: [{ productId: '1', requested: 7, available: 6 }] } },
    });
    expect(await inventory.getStock({ productIds: ['1', 'x', '1'] })).toEqual({
      stock: [{ productId: '1', available: 6 }],
    });
    await inventory.release({ reservationId: 'r-1' });
    expect(await inventory.getStock({ productIds: ['1'] })).toEqual({ stock: [{ productId: '1', available: 10 }] });
    await expect(reserve('r-3', 0)).rejects.toMatchObject({
      code: 'INVENTORY_INVALID_RESERVATION',
      kind: 'invalid',
      context: { 'lines[0].quantity': 'is 0, not 1 to 1000' },
    });
  });
});
