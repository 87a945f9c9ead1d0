import { resolve } from 'node:path';
import { StoreAdminServiceService } from '@portolan/contracts/kv-store-admin';
import type { Principal } from '@portolan/kernel';
import { writeBackupFile } from '@portolan/kv/backup';
import { connect, createClient, readTls, type Client, type TlsFiles } from '@portolan/rpc';
import { nodeDisk } from '@portolan/storage';
import { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { readingProgress } from '../inspect/reading-progress.ts';
import { summaryOf } from './backup-report.ts';

/** A backup has every keyspace in it, so whoever takes one stands for Portolan itself. */
const PRINCIPAL: Principal = { kind: 'system', name: 'portolan-cli' };

const DETAILS = `
Everything is in it: keys of all keyspaces, leases, answers kept for retries. It is of one moment, and writes go on meanwhile. It is
taken from the member that is asked, as far as that one has come: ask the leader for the newest.

The file is written beside its name, read back, and only then called so: what has the name is whole.`;

interface BackupFlags extends TlsFiles {
  readonly registry: string;
  readonly out: string;
}

/** `portolan registry backup` */
export function backupCommand(terminal: Terminal): Command {
  return new Command('backup')
    .description('writes all that a registry holds into one checked file')
    .option('--registry <host:port>', 'native gRPC of any member', '127.0.0.1:8502')
    .requiredOption('--out <file>', 'the file; one that is there is replaced when the new one is whole')
    .option('--tls-cert <file>', 'certificate to show the registry, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .option('--tls-ca <file>', "who vouches for the registry's certificate, PEM")
    .addHelpText('after', DETAILS)
    .action(async (flags: BackupFlags) => {
      await using stack = new AsyncDisposableStack();
      const connection = stack.use(connect(flags.registry, { tls: await readTls(flags), principal: PRINCIPAL }));
      const progress = readingProgress(terminal.stderr);
      const path = resolve(flags.out);
      const pieces = piecesOf(createClient(StoreAdminServiceService, connection), (bytes) => {
        progress.read(path, bytes);
      });
      const backup = await writeBackupFile(nodeDisk, path, pieces).finally(progress.end);
      terminal.stdout.write(summaryOf(path, backup));
    });
}

async function* piecesOf(
  client: Client<typeof StoreAdminServiceService>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const { chunk } of client.backup({})) {
    onRead(chunk.length);
    yield chunk;
  }
}
