import { formatId } from '@portolan/cluster';
import { AlarmKind, type Alarm } from '@portolan/contracts/kv-alarm';
import { Keyspace } from '@portolan/contracts/kv';
import { StoreAdminServiceService } from '@portolan/contracts/kv-store-admin';
import { createClient } from '@portolan/rpc';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { columns } from '../inspect/columns.ts';
import { connectRegistry, withRegistry, type RegistryFlags } from '../registry-connection.ts';
import { EXIT, type ExitCode, type Terminal } from '../terminal.ts';

const KINDS = { 'no-space': AlarmKind.NO_SPACE, corrupt: AlarmKind.CORRUPT } as const;
const KEYSPACES = { user: Keyspace.USER, catalog: Keyspace.CATALOG, system: Keyspace.SYSTEM } as const;

/** Of all members; of all keyspaces. */
const ALL_MEMBERS = 0n;
const ALL_KEYSPACES = Keyspace.UNSPECIFIED;

const DETAILS = `
no-space: a keyspace has reached its quota. It takes no puts until keys were deleted, or the quota raised, and the alarm is disarmed.
corrupt: a member holds something else than the others. There are only reads until that member was removed and joined again with an
empty folder, and the alarm is disarmed.

Ends with 0 when no alarm is raised, 1 when some are.`;

interface DisarmFlags extends RegistryFlags {
  readonly keyspace?: keyof typeof KEYSPACES;
  readonly member?: bigint;
}

/** `portolan registry alarm` */
export function alarmCommand(terminal: Terminal, onExit: (code: ExitCode) => void): Command {
  const tell = (alarms: readonly Alarm[]): void => {
    terminal.stdout.write(alarms.length === 0 ? 'no alarm is raised\n' : columns(alarms.map(rowOf)));
    onExit(alarms.length === 0 ? EXIT.ok : EXIT.unfit);
  };
  const alarm = new Command('alarm')
    .description('what keeps the store from taking writes')
    .addHelpText('after', DETAILS);
  const list = new Command('list').description('all alarms that are raised').action(async (flags: RegistryFlags) => {
    await using connection = await connectRegistry(flags);
    tell((await createClient(StoreAdminServiceService, connection).listAlarms({})).alarms);
  });
  const disarm = new Command('disarm')
    .description('takes an alarm back; a cause that goes on raises it again')
    .addArgument(new Argument('<kind>', 'which').choices(Object.keys(KINDS)))
    .addOption(new Option('--keyspace <name>', 'of this keyspace alone').choices(Object.keys(KEYSPACES)))
    .addOption(new Option('--member <hex>', 'about this member alone').argParser(memberOf))
    .action(async (kind: keyof typeof KINDS, flags: DisarmFlags) => {
      await using connection = await connectRegistry(flags);
      const { keyspace, member: memberId = ALL_MEMBERS } = flags;
      const asked = { kind: KINDS[kind], memberId, keyspace: keyspace ? KEYSPACES[keyspace] : ALL_KEYSPACES };
      tell((await createClient(StoreAdminServiceService, connection).disarmAlarm({ alarm: asked })).alarms);
    });
  return alarm.addCommand(withRegistry(list)).addCommand(withRegistry(disarm));
}

function rowOf({ kind, memberId, keyspace }: Alarm): readonly string[] {
  const name = nameIn(KINDS, kind);
  const of = keyspace === ALL_KEYSPACES ? '' : `keyspace ${nameIn(KEYSPACES, keyspace)}`;
  return [name, of, memberId === ALL_MEMBERS ? '' : `member ${formatId(memberId)}`];
}

function nameIn(table: Readonly<Record<string, number>>, value: number): string {
  return Object.entries(table).find(([, number]) => number === value)?.[0] ?? String(value);
}

function memberOf(text: string): bigint {
  if (/^[0-9a-f]{1,16}$/.test(text)) return BigInt(`0x${text}`);
  throw new InvalidArgumentError('It is not 1 to 16 hexadecimal digits.');
}
