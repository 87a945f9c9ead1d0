import type { Principal } from '@portolan/kernel';
import { connect, readTls, type Connection, type TlsFiles } from '@portolan/rpc';
import type { Command } from 'commander';

/** Whoever administers the store as a whole stands for Portolan itself: it is about every keyspace. */
const PRINCIPAL: Principal = { kind: 'system', name: 'portolan-cli' };

export interface RegistryFlags extends TlsFiles {
  readonly registry: string;
}

/** Where the registry is, and how to speak to it. */
export function withRegistry(command: Command): Command {
  return command
    .option('--registry <host:port>', 'native gRPC of any member', '127.0.0.1:8502')
    .option('--tls-cert <file>', 'certificate to show the registry, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .option('--tls-ca <file>', "who vouches for the registry's certificate, PEM");
}

/** Opens with the first call. @throws TlsFilesError */
export async function connectRegistry(flags: RegistryFlags): Promise<Connection> {
  return connect(flags.registry, { tls: await readTls(flags), principal: PRINCIPAL });
}
