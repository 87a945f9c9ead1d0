import type { Catalog } from '@portolan/catalog';
import { CatalogServiceService } from '@portolan/contracts/catalog';
import type { KvStore } from '@portolan/kv';
import { implement, type BoundService } from '@portolan/rpc';
import { catalogService } from './catalog-service.ts';
import { kvBinding, type StoreAge } from './kv-service.ts';
import type { NativeLoad } from './native-load.ts';

/** The catalog alone. */
export function catalogBinding(catalog: Catalog, load: NativeLoad): BoundService {
  return implement(CatalogServiceService, catalogService(catalog, load));
}

/**
 * All that the registry answers on native gRPC.
 * @param age of what the store holds; absent where nothing is ever stale
 */
export function nativeServices(
  catalog: Catalog,
  store: KvStore,
  load: NativeLoad,
  age?: StoreAge,
): readonly BoundService[] {
  return [catalogBinding(catalog, load), kvBinding(store, age)];
}
