import { join, resolve } from 'node:path';
import { drawId, formatId } from '@portolan/cluster';
import { REVISION_MARGIN } from '@portolan/kv/backup';
import { systemRng } from '@portolan/runtime';
import { nodeDisk } from '@portolan/storage';
import { Command, InvalidArgumentError, Option } from 'commander';
import { columns } from '../inspect/columns.ts';
import type { Terminal } from '../terminal.ts';
import { restoreMembers, type NewMember, type RestoredMembers } from './restore-members.ts';

const DETAILS = `
What is made is a new cluster, with an id of its own: the old one must not run any more, or clients would have two. Where the folder of
one of its members is whole, that has newer data than a backup: start it with --force-new-cluster instead, and let the others join.

With one member, its folder is <data-dir>; with several, each has <data-dir>/<name>. To restore on each member's own host, give all hosts
the same file, --members and --cluster-id, and each its --only: its folder then is <data-dir>.

Keys, leases (their time begins anew) and answers kept for retries come back. History does not: revisions are raised by the margin and
all before is compacted, so that every watcher reads again. The margin must be more than the old store has made since the backup.

Start the members then with the same names, --peer-port and these --data-dir.`;

interface RestoreFlags {
  readonly dataDir: string;
  readonly members: readonly NewMember[];
  readonly only?: string;
  readonly clusterId?: bigint;
  readonly revisionMargin: number;
}

/** `portolan registry restore <file>` */
export function restoreCommand(terminal: Terminal): Command {
  const command = new Command('restore')
    .description('makes the data folders of a new cluster that begins with what is in a backup')
    .argument('<file>', 'what `portolan registry backup` has written')
    .requiredOption('--data-dir <folder>', 'where to make them; nothing of a member may be there yet')
    .addOption(
      new Option(
        '--members <list>',
        'its first members: name=host:port of their peer ports, by commas; one alone needs no address',
      )
        .argParser(newMembers)
        .makeOptionMandatory(),
    )
    .option('--only <name>', 'make this member alone')
    .addOption(new Option('--cluster-id <hex>', 'id of the new cluster. Default: one that is drawn').argParser(hexId))
    .addOption(
      new Option('--revision-margin <count>', 'how far revisions are raised')
        .argParser(margin)
        .default(REVISION_MARGIN),
    )
    .addHelpText('after', DETAILS);
  return command.action(async (file: string, flags: RestoreFlags) => {
    if (flags.only !== undefined && flags.clusterId === undefined && flags.members.length > 1) {
      command.error('error: --only needs --cluster-id, the same for each member', { exitCode: 2 });
    }
    const folders = foldersOf(flags);
    if (folders.size === 0) command.error('error: --only names none of --members', { exitCode: 2 });
    const clusterId = flags.clusterId ?? drawId(systemRng);
    const { members, revisionMargin } = flags;
    const restored = await restoreMembers({
      disk: nodeDisk,
      rng: systemRng,
      file: resolve(file),
      clusterId,
      members,
      folders,
      revisionMargin,
    });
    terminal.stdout.write(reportOf(restored, clusterId, folders));
  });
}

function foldersOf({ dataDir, members, only }: RestoreFlags): ReadonlyMap<string, string> {
  const made = members.filter(({ name }) => only === undefined || name === only);
  const [first, second] = made;
  if (first !== undefined && second === undefined) return new Map([[first.name, resolve(dataDir)]]);
  return new Map(made.map(({ name }) => [name, join(resolve(dataDir), name)]));
}

function reportOf(
  { header, state, founders }: RestoredMembers,
  clusterId: bigint,
  folders: ReadonlyMap<string, string>,
): string {
  const rows = founders.flatMap(({ name, id, peerAddress = '' }) => {
    const folder = folders.get(name);
    return folder === undefined ? [] : [[name, formatId(id), peerAddress, folder]];
  });
  const was = `${formatId(header.clusterId)} at revision ${header.revision}, ${new Date(header.takenAt).toISOString()}`;
  return [
    `cluster ${formatId(clusterId)}, from a backup of ${was}\n`,
    columns([
      ['revision', `${state.revision}: everything before is compacted`],
      ['keys', String(state.keys)],
      ['leases', `${state.leases}, their time begins anew`],
    ]),
    columns([['member', 'id', 'peers reach it at', 'folder'], ...rows]),
  ].join('');
}

function newMembers(text: string): readonly NewMember[] {
  const members = text.split(',').map((part) => {
    const [, name, peerAddress] = /^([\w.-]{1,128})(?:=(\S+:\d{1,5}))?$/.exec(part) ?? [];
    if (name === undefined) throw new InvalidArgumentError(`'${part}' is not name=host:port.`);
    return { name, peerAddress };
  });
  if (new Set(members.map(({ name }) => name)).size < members.length) {
    throw new InvalidArgumentError('Two members have the same name.');
  }
  if (members.length > 1 && members.some(({ peerAddress }) => peerAddress === undefined)) {
    throw new InvalidArgumentError('Of several members each needs an address: name=host:port.');
  }
  return members;
}

function hexId(text: string): bigint {
  if (/^[0-9a-f]{1,16}$/.test(text) && !/^0+$/.test(text)) return BigInt(`0x${text}`);
  throw new InvalidArgumentError('It is not 1 to 16 hexadecimal digits, and more than 0.');
}

function margin(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0 && value <= 2 ** 50) return value;
  throw new InvalidArgumentError('It is not a whole number from 0 to 2^50.');
}
