export { describeWithEtcd } from './describe-with-etcd.ts';
