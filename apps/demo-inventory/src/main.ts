import { loadConfigOrExit } from '@portolan/config';
import { InventoryServiceService } from '@portolan/contracts/inventory';
import { createKvClient } from '@portolan/kv-client';
import { implement } from '@portolan/rpc';
import { runService } from '@portolan/service';
import { demoInventoryConfig } from './config.ts';
import { createInitialStock, STOCK_SEED } from './initial-stock.ts';
import { createInventory } from './inventory.ts';
import { createInventoryService } from './inventory-service.ts';

await runService('demo-inventory', loadConfigOrExit(demoInventoryConfig, process), ({ clock, rng, discovery, use }) => {
  const store = use('the store', createKvClient(discovery.registryChannel(), { clock, rng }));
  const principal = { kind: 'service', name: 'demo-inventory' } as const;
  const inventory = createInventory({ store, principal, clock, rng, initialStock: createInitialStock(STOCK_SEED) });
  return [implement(InventoryServiceService, createInventoryService(inventory))];
});
