import { BlockList, isIP } from 'node:net';
import type { TlsIdentity } from '@portolan/rpc';
import type { Logger } from '@portolan/telemetry';

export interface OpenPort {
  readonly bind: string;
  readonly port: number;
  /** Who is answered there. */
  readonly who: string;
  readonly tls: TlsIdentity | undefined;
}

/** Says aloud that a port is open to the network although nobody there has to show who it is. */
export function warnOpenPort(logger: Logger, { bind, port, who, tls }: OpenPort): void {
  if (tls !== undefined || isLoopback(bind)) return;
  logger.warn(
    { bind, port, settings: ['--tls-cert', '--tls-key', '--tls-ca', '--bind'] },
    `port ${port} is open to the network without TLS: ${who} are believed to be whom they say, and what is said can be read; set --tls-cert, --tls-key and --tls-ca, or --bind 127.0.0.1`,
  );
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version === 0 ? host === 'localhost' : LOOPBACK.check(host, version === 6 ? 'ipv6' : 'ipv4');
}
