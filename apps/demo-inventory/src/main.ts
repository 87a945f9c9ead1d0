import { loadConfigOrExit } from '@portolan/config';
import { InventoryServiceService } from '@portolan/contracts/inventory';
import { createKvClient } from '@portolan/kv-client';
import { implement } from '@portolan/rpc';
import { runService } from '@portolan/service';
import { demoInventoryConfig } from './config.ts';
import { createInitialStock, STOCK_SEED } from './initial-stock.ts';
import { createInventory } from './inventory.ts';
import { createInventoryService } from './inventory-service.ts';

/** A page rather does without its stock than wait longer for a registry that is away, in ms. */
const STOCK_RETRY_MS = 100;

await runService('demo-inventory', loadConfigOrExit(demoInventoryConfig, process), ({ clock, rng, discovery, use }) => {
  const channel = discovery.registryChannel();
  const store = use('the store', createKvClient(channel, { clock, rng }));
  const stockStore = use('the stock', createKvClient(channel, { clock, rng, retryMs: STOCK_RETRY_MS }));
  const principal = { kind: 'service', name: 'demo-inventory' } as const;
  const inventory = createInventory({
    store,
    stockStore,
    principal,
    clock,
    rng,
    initialStock: createInitialStock(STOCK_SEED),
  });
  return [implement(InventoryServiceService, createInventoryService(inventory))];
});
