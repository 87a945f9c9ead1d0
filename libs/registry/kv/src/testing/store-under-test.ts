import type { KvStore } from '../kv-store.ts';

/** An empty store for one test. Disposed, it and what it needed are gone. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: KvStore;
  /** Moves the clock that times its leases, and settles what falls due. */
  readonly advance: (ms: number) => Promise<void>;
}

/** Opens a store with default limits that compacts only when asked. */
export type OpenStore = () => Promise<StoreUnderTest>;
