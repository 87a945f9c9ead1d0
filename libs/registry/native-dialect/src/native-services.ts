import type { Catalog } from '@portolan/catalog';
import { CatalogServiceService } from '@portolan/contracts/catalog';
import type { KvStore } from '@portolan/kv';
import { implement, type BoundService } from '@portolan/rpc';
import { catalogService } from './catalog-service.ts';
import { kvBinding, type StoreAge } from './kv-service.ts';
import type { LeaderWatch } from './leader-watch.ts';
import type { NativeLoad } from './native-load.ts';

export interface NativeOptions {
  /** Of what the store holds; absent where nothing is ever stale. */
  readonly age?: StoreAge | undefined;
  /** Whose loss ends streams; absent where nobody leads. */
  readonly leader?: LeaderWatch | undefined;
}

/** The catalog alone. */
export function catalogBinding(catalog: Catalog, load: NativeLoad, leader?: LeaderWatch): BoundService {
  return implement(CatalogServiceService, catalogService(catalog, load, leader));
}

/** All that the registry answers on native gRPC. */
export function nativeServices(
  catalog: Catalog,
  store: KvStore,
  load: NativeLoad,
  { age, leader }: NativeOptions = {},
): readonly BoundService[] {
  return [catalogBinding(catalog, load, leader), kvBinding(store, age)];
}
