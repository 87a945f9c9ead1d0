import type { TlsIdentity } from '@portolan/rpc';

/** Where etcd's clients look. */
const ETCD_PORT = 2379;

interface EtcdPortSettings {
  readonly port: number;
  readonly etcdPort?: number | undefined;
}

/** `host:port` as etcd's clients want it. */
export function etcdUrlOf(address: string, tls: TlsIdentity | undefined): string {
  return `http${tls === undefined ? '' : 's'}://${address}`;
}

/** Several registries of one machine that each take a free port are not to meet at a fixed one. */
export function etcdPortOf({ port, etcdPort }: EtcdPortSettings): number {
  return etcdPort ?? (port === 0 ? 0 : ETCD_PORT);
}
