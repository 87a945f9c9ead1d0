export { EtcdAccessError, EtcdAddressError, EtcdNoSpaceError, ReservedKeyError } from './errors.ts';
export { parseEtcdAddress, type EtcdAddress, type EtcdCredentials } from './etcd-address.ts';
export { openEtcdStore, type EtcdStore, type EtcdStoreOptions } from './etcd-store.ts';
