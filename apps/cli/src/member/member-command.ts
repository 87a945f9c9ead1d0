import { setTimeout as sleep } from 'node:timers/promises';
import { formatId } from '@portolan/cluster';
import type { Member } from '@portolan/contracts/cluster';
import { RpcError } from '@portolan/rpc';
import { Command, InvalidArgumentError, Option } from 'commander';
import { withTls } from '../registry-connection.ts';
import type { Terminal } from '../terminal.ts';
import { ASK_MS, askCluster, type ClusterClient, type ClusterFlags } from './ask-cluster.ts';
import { reportOf, tableOf, type ReportedMember } from './cluster-report.ts';
import { NoSuchMemberError } from './errors.ts';
import { replaceMember } from './replace-member.ts';

/** For a whole state that is sent, and a process that is started by hand. */
const REPLACE_SECONDS = 600;

interface Flags extends ClusterFlags {
  readonly json?: true;
}

const DETAILS = `
A member is named by its id (hexadecimal) or its name. Whichever registry is asked passes the question on to the leader.
Ends with 0 when it is done, 2 with an error that says what to do.`;

/** `portolan member …` */
export function memberCommand(terminal: Terminal): Command {
  const member = new Command('member')
    .description('the members of a cluster of registries')
    .addHelpText('after', DETAILS);
  const command = (usage: string, description: string): Command =>
    withTls(
      member
        .command(usage)
        .description(description)
        .addOption(
          new Option('--registry <host:port,…>', 'any registries of the cluster')
            .argParser(addresses)
            .default(['127.0.0.1:8502'], '127.0.0.1:8502'),
        ),
    ).option('--json', 'print the members as JSON, for programs');

  command('list', 'who the members are, who leads, and how far each is').action(async (flags: Flags) => {
    await show(terminal, flags);
  });
  command('add <peer-address>', 'reserves a place for a process that is started afterwards, with --join')
    .option('--name <name>', 'what it is called; default: it says so itself')
    .option('--learner', 'it stays without a vote until it is promoted; default: it votes once it has caught up')
    .action(async (peerAddress: string, flags: Flags & { readonly name?: string; readonly learner?: true }) => {
      const { name = '', learner = false } = flags;
      const request = { name, peerAddresses: addresses(peerAddress), isLearner: learner };
      await askCluster(flags, (client) => client.addMember(request, { timeoutMs: ASK_MS }));
      await show(terminal, flags);
    });
  command('promote <member>', 'gives a learner its vote').action(async (asked: string, flags: Flags) => {
    await change(terminal, flags, asked, (client, id) => client.promoteMember({ id }, { timeoutMs: ASK_MS }));
  });
  command('remove <member>', 'for good: its id never comes back').action(async (asked: string, flags: Flags) => {
    await change(terminal, flags, asked, (client, id) => client.removeMember({ id }, { timeoutMs: ASK_MS }));
  });
  command('update <member> <peer-address>', 'where the others reach it from now on').action(
    async (asked: string, peerAddress: string, flags: Flags) => {
      const peerAddresses = addresses(peerAddress);
      await change(terminal, flags, asked, (client, id) =>
        client.updateMember({ id, peerAddresses }, { timeoutMs: ASK_MS }),
      );
    },
  );
  command('transfer <member>', 'lets it lead').action(async (asked: string, flags: Flags) => {
    await change(terminal, flags, asked, (client, id) => client.transferLeadership({ id }, { timeoutMs: ASK_MS }));
  });
  command(
    'replace <member>',
    'another one in its place: adds it, waits until it has caught up, then removes the old one',
  )
    .requiredOption('--with <host:port>', 'peer address of the new member')
    .option('--name <name>', 'what the new member is called; default: it says so itself')
    .addOption(
      new Option('--wait <seconds>', 'for the new member to catch up').argParser(wholeSeconds).default(REPLACE_SECONDS),
    )
    .addHelpText('after', '\nIt goes on where it was when it is given again.')
    .action(async (asked: string, flags: Flags & { with: string; name?: string; wait: number }) => {
      const ask = <Answer>(question: (client: ClusterClient) => Promise<Answer>): Promise<Answer> =>
        askCluster(flags, question);
      await replaceMember({
        ask,
        terminal,
        old: await memberCalled(asked, flags),
        peerAddress: flags.with,
        name: flags.name ?? '',
        waitSeconds: flags.wait,
        sleep,
      });
      await show(terminal, flags);
    });
  return member;
}

async function change(
  terminal: Terminal,
  flags: Flags,
  asked: string,
  ask: (client: ClusterClient, id: bigint) => Promise<unknown>,
): Promise<void> {
  const { id } = await memberCalled(asked, flags);
  await askCluster(flags, (client) => ask(client, id));
  await show(terminal, flags);
}

async function show(terminal: Terminal, flags: Flags): Promise<void> {
  const members = await reported(flags);
  terminal.stdout.write(flags.json === true ? `${JSON.stringify({ members }, undefined, 2)}\n` : tableOf(members));
}

/** @throws NoSuchMemberError */
async function memberCalled(asked: string, flags: Flags): Promise<Member> {
  const { members } = await listed(flags);
  const found = members.filter(({ id, name }) => formatId(id) === asked.toLowerCase() || name === asked);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new NoSuchMemberError(
    asked,
    members.map(({ id, name }) => (name === '' ? formatId(id) : `${formatId(id)} (${name})`)),
  );
}

function listed(flags: Flags): Promise<{ readonly members: readonly Member[]; readonly leaderId: bigint }> {
  return askCluster(flags, async (client) => {
    const { members } = await client.listMembers({ serializable: false }, { timeoutMs: ASK_MS });
    const { leaderId } = await client.getMemberStatus({}, { timeoutMs: ASK_MS });
    return { members, leaderId };
  });
}

/** A leader that is gone, or does not tell this user, leaves out of the list what it alone knows. */
function unlessAnswered(error: unknown): undefined {
  if (!(error instanceof RpcError)) throw error;
}

/** How far everybody is only the leader knows. */
async function reported(flags: Flags): Promise<readonly ReportedMember[]> {
  const { members, leaderId } = await listed(flags);
  const addressesOfLeader = members.find(({ id }) => id === leaderId)?.clientAddresses ?? [];
  const leader =
    addressesOfLeader.length === 0
      ? undefined
      : await askCluster({ ...flags, registry: addressesOfLeader }, (client) =>
          client.getMemberStatus({}, { timeoutMs: 2_000 }),
        ).catch(unlessAnswered);
  return reportOf(members, leaderId, leader);
}

function addresses(text: string): readonly string[] {
  const list = text.split(',').map((address) => address.trim());
  if (list.every((address) => /^(\[[0-9a-fA-F:]+\]|[^\s:]+):\d{1,5}$/.test(address))) return list;
  throw new InvalidArgumentError('It is not of the form host:port, or several of them by comma.');
}

function wholeSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isSafeInteger(seconds) && seconds >= 1 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError('It is not a whole number of seconds from 1 to 86400.');
}
