export { EtcdServer, missingEtcd, type EtcdServerOptions } from './etcd-server.ts';
