export { startEtcdServer, type EtcdServerOptions } from './etcd-server.ts';
