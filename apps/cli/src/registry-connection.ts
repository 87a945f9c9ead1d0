import type { Principal } from '@portolan/kernel';
import { connect, readTls, type Connection, type ConnectOptions, type TlsFiles, type TlsIdentity } from '@portolan/rpc';
import type { Command } from 'commander';

/**
 * Whoever administers the store as a whole stands for Portolan itself: it is about every keyspace. Over TLS it is the certificate that
 * says who asks.
 */
const PRINCIPAL: Principal = { kind: 'system', name: 'portolan-cli' };

export interface RegistryFlags extends TlsFiles {
  readonly registry: string;
}

/** Where the registry is, and how to speak to it. */
export function withRegistry(command: Command): Command {
  return withTls(command.option('--registry <host:port>', 'native gRPC of any member', '127.0.0.1:8502'));
}

/** Who this is, and who vouches for a registry. */
export function withTls(command: Command): Command {
  return command
    .option('--tls-cert <file>', 'certificate to show the registry, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .option('--tls-ca <file>', "who vouches for the registry's certificate, PEM");
}

/** Opens with the first call. @throws TlsFilesError */
export async function connectRegistry(flags: RegistryFlags): Promise<Connection> {
  return connect(flags.registry, callerOf(await readTls(flags), PRINCIPAL));
}

/** As whom a registry is asked. @param principal without TLS */
export function callerOf(tls: TlsIdentity | undefined, principal: Principal): ConnectOptions {
  return tls === undefined ? { principal } : { tls };
}
