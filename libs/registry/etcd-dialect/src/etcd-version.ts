/** Whose protocol this speaks. Kubernetes asks for progress of watches from 3.4.31 and 3.5.13 on; later than that asks for more than is here. */
export const ETCD_VERSION = '3.6.0';
/** Of the cluster as a whole, as `/version` says it. */
export const ETCD_CLUSTER_VERSION = '3.6.0';
