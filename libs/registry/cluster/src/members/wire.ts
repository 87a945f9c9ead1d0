import type * as proto from '@portolan/contracts/cluster';
import {
  LastVoterError,
  LearnerNotReadyError,
  MemberExistsError,
  MemberNotFoundError,
  NotALearnerError,
  TransferFailedError,
  type ClusterMember,
  type MemberList,
} from '@portolan/kv';
import { decodeHeader, encodeHeader } from '@portolan/kv/wire';
import { RpcError } from '@portolan/rpc';

export const encodeMember = (member: ClusterMember): proto.Member => member;

export const encodeMembers = ({ members, ...header }: MemberList): proto.ListMembersResponse => ({
  header: encodeHeader(header),
  members: members.map(encodeMember),
});

export const decodeMembers = ({ header, members }: proto.ListMembersResponse): MemberList => ({
  ...decodeHeader(header),
  members,
});

type Read = (name: string) => string;
const idOf = (read: Read, name: string): bigint => BigInt(`0x${read(name)}`);

/** By code: makes the error again from its context. */
const RESTORE: Readonly<Record<string, (read: Read, error: RpcError) => Error>> = {
  KV_MEMBER_NOT_FOUND: (read) => new MemberNotFoundError(idOf(read, 'id')),
  KV_MEMBER_EXISTS: (read) =>
    new MemberExistsError(read('what') === 'name' ? 'name' : 'peer address', read('value'), idOf(read, 'id')),
  KV_NOT_A_LEARNER: (read) => new NotALearnerError(idOf(read, 'id')),
  KV_LEARNER_NOT_READY: (read) => new LearnerNotReadyError(idOf(read, 'id')),
  KV_LAST_VOTER: (read) => new LastVoterError(idOf(read, 'id')),
  KV_TRANSFER_FAILED: (read, { message }) =>
    new TransferFailedError(idOf(read, 'to'), message.slice(message.indexOf(': ') + 2)),
};

/** What the leader threw, as its own class where there is one. */
export function restoredAdminError(error: unknown): unknown {
  if (!(error instanceof RpcError)) return error;
  return RESTORE[error.code]?.((name) => String(error.context[name] ?? 0), error) ?? error;
}
