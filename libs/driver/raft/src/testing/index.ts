export { describeEnvelope, type Envelope } from './envelope.ts';
export { VirtualCluster, type Running, type VirtualClusterOptions } from './virtual-cluster.ts';
