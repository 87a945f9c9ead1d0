export { etcdctl, RunningCtl, type CtlResult } from './etcdctl.ts';
export { startOurEtcd } from './our-etcd.ts';
export { describeWithPeers } from './peers.ts';
