import { formatId } from '@portolan/cluster';
import type { Member } from '@portolan/contracts/cluster';
import { RpcError } from '@portolan/rpc';
import type { Terminal } from '../terminal.ts';
import { ASK_MS, type ClusterClient } from './ask-cluster.ts';
import { ReplacementLateError } from './errors.ts';

const LOOK_MS = 1_000;
/** What a learner that is on its way is refused its vote for. */
const ON_ITS_WAY = new Set(['KV_LEARNER_NOT_READY', 'RAFT_CHANGE_PENDING']);

export interface ReplaceMemberOptions {
  readonly ask: <Answer>(question: (client: ClusterClient) => Promise<Answer>) => Promise<Answer>;
  readonly terminal: Terminal;
  readonly old: Member;
  readonly peerAddress: string;
  readonly name: string;
  readonly waitSeconds: number;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/**
 * Another member in the place of `old`: added as a learner, waited for, given its vote; then the old one is removed. Each step looks
 * whether it was done before, so that the same command goes on where an earlier one ended.
 * @returns who the members are
 * @throws RpcError, ReplacementLateError
 */
export async function replaceMember(options: ReplaceMemberOptions): Promise<readonly Member[]> {
  const { ask, terminal, old, peerAddress, name } = options;
  const say = (text: string): unknown => terminal.stderr.write(`${text}\n`);
  const before = await list(options);
  let next = before.find(({ peerAddresses }) => peerAddresses.includes(peerAddress));
  if (next === undefined) {
    const request = { name, peerAddresses: [peerAddress], isLearner: true };
    next = (await ask((client) => client.addMember(request, { timeoutMs: ASK_MS }))).member;
    if (next === undefined) throw new Error('who is added is told');
    say(`added ${formatId(next.id)} at ${peerAddress}, as a learner`);
    const others = before.flatMap(({ peerAddresses }) => peerAddresses).join(',');
    say(`now start its process: … --advertise-peer ${peerAddress} --join ${others}`);
  } else say(`${formatId(next.id)} at ${peerAddress} was added before`);
  if (next.isLearner) {
    await promote(options, next);
    say(`${formatId(next.id)} has caught up, and votes`);
  }
  const now = await list(options);
  if (!now.some(({ id }) => id === old.id)) return now;
  const { members } = await ask((client) => client.removeMember({ id: old.id }, { timeoutMs: ASK_MS }));
  say(`removed ${formatId(old.id)} (${old.name})`);
  return members;
}

async function list({ ask }: ReplaceMemberOptions): Promise<readonly Member[]> {
  return (await ask((client) => client.listMembers({ serializable: false }, { timeoutMs: ASK_MS }))).members;
}

async function promote(options: ReplaceMemberOptions, { id, name }: Member): Promise<void> {
  const { ask, waitSeconds, sleep } = options;
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    try {
      await ask((client) => client.promoteMember({ id }, { timeoutMs: ASK_MS }));
      return;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (error.code === 'KV_NOT_A_LEARNER') return;
      if (!ON_ITS_WAY.has(error.code)) throw error;
      if (waitedMs >= waitSeconds * 1_000)
        throw new ReplacementLateError(name === '' ? formatId(id) : name, waitSeconds, error);
    }
    await sleep(LOOK_MS);
  }
}
