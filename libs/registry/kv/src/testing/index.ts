export { describeKvStore } from './describe-kv-store.ts';
export { describeQuotas } from './quota-contract.ts';
export type { OpenStore, StoreUnderTest } from './store-under-test.ts';
export { WatchReader } from './watch-reader.ts';
export { CrashError, crashingStore, createCrash, type Crash } from './crashing-store.ts';
export { plain } from './comparison.ts';
export { KvCluster, type KvClusterOptions } from './kv-cluster.ts';
export { NaiveStore, Refused, type NaiveMoment } from './naive-store.ts';
export type { WriteGuard } from './naive-txn.ts';
