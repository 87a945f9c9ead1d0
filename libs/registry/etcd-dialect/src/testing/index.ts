export { callsOfMembers, LEASE } from './calls-of-members.ts';
export { connectEtcd, outcomeOf, type EtcdClients } from './etcd-clients.ts';
export { etcdctl, RunningCtl, type CtlResult } from './etcdctl.ts';
export { startOurEtcd } from './our-etcd.ts';
export { describeWithPeers } from './peers.ts';
export { startRealEtcds } from './real-etcd.ts';
export { everything, prepareRefusals, refusals } from './refusals.ts';
