import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BackupDamagedError, verifyBackupFile } from '@portolan/kv/backup';
import { nodeDisk } from '@portolan/storage';
import { Command, InvalidArgumentError, Option } from 'commander';
import { jsonOfBackup, summaryOf } from '../backup/backup-report.ts';
import { EXIT, type ExitCode, type Terminal } from '../terminal.ts';
import { damageAt } from './damage.ts';
import { inspectMember } from './inspect-member.ts';
import { jsonOf } from './json-report.ts';
import { readingProgress } from './reading-progress.ts';
import { reportOf } from './text-report.ts';

/** Entries that are shown unless more are asked for: some screens of them. */
export const ENTRIES_SHOWN = 100;
/** Entries that are shown at once, and therefore held in memory. */
export const ENTRIES_MAX = 100_000;

const DETAILS = `
Nothing is changed: neither repaired nor cut off. While the member runs it may be writing what is read here: a batch that is half
written looks torn, and a file that it removes meanwhile is missing. Trust what is said of a member that is stopped, or of a copy.

Ends with 0 when all is whole, 1 when something is damaged, 2 when it could not be inspected.`;

interface InspectFlags {
  readonly json?: true;
  readonly entries?: true;
  readonly from?: number;
  readonly limit?: number;
}

/** `portolan registry inspect <data-dir>` */
export function inspectCommand(terminal: Terminal, onExit: (code: ExitCode) => void): Command {
  return new Command('inspect')
    .description(
      "reads and verifies a member's data folder (its log, its snapshots, and whether they fit), or a backup",
    )
    .argument('<data-dir>', "the member's folder, in which 'wal' and 'snapshots' are, or the file of a backup")
    .option('--json', 'print everything as JSON, for programs')
    .option('--entries', `list the entries of the log, ${ENTRIES_SHOWN} unless --limit says otherwise`)
    .addOption(
      new Option('--from <index>', 'list entries from this index on')
        .argParser(wholeNumber(Number.MAX_SAFE_INTEGER))
        .implies({ entries: true }),
    )
    .addOption(
      new Option('--limit <count>', `list so many entries, at most ${ENTRIES_MAX}`)
        .argParser(wholeNumber(ENTRIES_MAX))
        .implies({ entries: true }),
    )
    .addHelpText('after', DETAILS)
    .action(async (folder: string, flags: InspectFlags) => {
      if (await isFile(folder)) {
        onExit(await inspectBackup(resolve(folder), flags.json === true, terminal));
        return;
      }
      const entries = { from: flags.from ?? 1, limit: flags.entries === true ? (flags.limit ?? ENTRIES_SHOWN) : 0 };
      const progress = readingProgress(terminal.stderr);
      const inspection = await inspectMember({ disk: nodeDisk, folder, entries, onRead: progress.read }).finally(
        progress.end,
      );
      terminal.stdout.write(flags.json === true ? jsonOf(inspection) : reportOf(inspection));
      onExit(inspection.damage.length === 0 ? EXIT.ok : EXIT.unfit);
    });
}

/** What is not there is told by who reads it. */
async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}

/** @throws BackupDamagedError when it is no backup, UnknownBackupError, BackupFileError */
async function inspectBackup(file: string, isJson: boolean, { stdout }: Terminal): Promise<ExitCode> {
  try {
    const verified = await verifyBackupFile(nodeDisk, file);
    stdout.write(isJson ? jsonOfBackup(file, verified) : summaryOf(file, verified));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof BackupDamagedError) || error.offset === 0) throw error;
    const damage = damageAt(error, file, error.offset);
    const { code, offset, what, fix } = damage;
    if (isJson) stdout.write(`${JSON.stringify({ backup: file, damage: [damage] }, undefined, 2)}\n`);
    else stdout.write(`${code} in ${file}, byte ${offset}\n  ${what}\n  → ${fix}\n`);
    return EXIT.unfit;
  }
}

function wholeNumber(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= 1 && value <= max) return value;
    throw new InvalidArgumentError(`It is not a whole number from 1 to ${max}.`);
  };
}
