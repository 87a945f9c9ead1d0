import { resolve } from 'node:path';
import { StoreAdminServiceService } from '@portolan/contracts/kv-store-admin';
import { writeBackupFile } from '@portolan/kv/backup';
import { createClient, type Client } from '@portolan/rpc';
import { nodeDisk } from '@portolan/storage';
import { Command } from 'commander';
import { readingProgress } from '../inspect/reading-progress.ts';
import { connectRegistry, withRegistry, type RegistryFlags } from '../registry-connection.ts';
import type { Terminal } from '../terminal.ts';
import { summaryOf } from './backup-report.ts';

const DETAILS = `
Everything is in it: keys of all keyspaces, leases, answers kept for retries. It is of one moment, and writes go on meanwhile. It is
taken from the member that is asked, as far as that one has come: ask the leader for the newest.

The file is written beside its name, read back, and only then called so: what has the name is whole.`;

interface BackupFlags extends RegistryFlags {
  readonly out: string;
}

/** `portolan registry backup` */
export function backupCommand(terminal: Terminal): Command {
  return withRegistry(new Command('backup'))
    .description('writes all that a registry holds into one checked file')
    .requiredOption('--out <file>', 'the file; one that is there is replaced when the new one is whole')
    .addHelpText('after', DETAILS)
    .action(async (flags: BackupFlags) => {
      await using connection = await connectRegistry(flags);
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
