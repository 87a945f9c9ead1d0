import { ClusterServiceService, type ListMembersResponse } from '@portolan/contracts/cluster';
import {
  MemberNotFoundError,
  type AddMemberRequest,
  type ClusterAdmin,
  type Header,
  type MemberChanged,
  type MemberList,
  type MemberRequest,
  type MembersRequest,
  type UpdateMemberRequest,
} from '@portolan/kv';
import { decodeHeader } from '@portolan/kv/wire';
import { NoLeaderError, type MemberId } from '@portolan/raft';
import { createClient, type CallOptions, type Client, type RpcChannel } from '@portolan/rpc';
import type { Principal } from '@portolan/kernel';
import type { Member } from '../open-member.ts';
import type { LeaderAdmin } from './leader-admin.ts';
import { decodeMembers, restoredAdminError } from './wire.ts';

/** A question that waits for a leader, a change and its end. */
const ASK_MS = 15_000;

export interface PassingAdminOptions {
  readonly member: Member;
  readonly leaderAdmin: LeaderAdmin;
  /** @throws ForbiddenError */
  readonly authorize: (principal: Principal, verb: 'read' | 'administer') => void;
  readonly channelTo: (id: MemberId) => RpcChannel | undefined;
}

type LeaderClient = Client<typeof ClusterServiceService>;
/** What both ways of asking need. */
interface Asked {
  readonly principal: Principal;
  readonly signal: AbortSignal | undefined;
}

/** Administration of the cluster at any of its members: the leader does it, the others ask the leader. */
export class PassingAdmin implements ClusterAdmin {
  readonly #options: PassingAdminOptions;

  constructor(options: PassingAdminOptions) {
    this.#options = options;
  }

  async members({ principal, serializable = false }: MembersRequest, signal?: AbortSignal): Promise<MemberList> {
    this.#admit(principal, 'read', signal);
    // Who takes part is in this member's own log: what it has applied by now is all that anybody was told.
    if (!serializable) await this.#options.member.raft.readBarrier();
    return this.#list(serializable);
  }

  async addMember(request: AddMemberRequest, signal?: AbortSignal): Promise<MemberChanged> {
    const { principal, name = '', peerAddresses, isLearner = true } = request;
    this.#admit(principal, 'administer', signal);
    return this.#atLeader<MemberChanged>(
      { principal, signal },
      async (admin) =>
        changedOf(await admin.add({ name, peerAddresses, promote: !isLearner }), await this.#list(false)),
      async (client, options) => {
        const { member, ...answer } = await client.addMember({ name, peerAddresses, isLearner }, options);
        return changedOf(member?.id ?? 0n, decodeMembers(answer));
      },
    );
  }

  promoteMember(request: MemberRequest, signal?: AbortSignal): Promise<MemberList> {
    return this.#change(
      request,
      signal,
      (admin) => admin.promote(request.id),
      (client, options) => client.promoteMember({ id: request.id }, options),
    );
  }

  async removeMember(request: MemberRequest, signal?: AbortSignal): Promise<MemberList> {
    this.#admit(request.principal, 'administer', signal);
    const successor = this.#successorOf(request.id);
    if (successor !== undefined) await this.transferLeadership({ ...request, id: successor }, signal);
    return this.#change(
      request,
      signal,
      (admin) => admin.remove(request.id),
      (client, options) => client.removeMember({ id: request.id }, options),
    );
  }

  updateMember(request: UpdateMemberRequest, signal?: AbortSignal): Promise<MemberList> {
    const { id, peerAddresses } = request;
    return this.#change(
      request,
      signal,
      (admin) => admin.update(id, peerAddresses),
      (client, options) => client.updateMember({ id, peerAddresses }, options),
    );
  }

  async transferLeadership({ principal, id }: MemberRequest, signal?: AbortSignal): Promise<Header> {
    this.#admit(principal, 'administer', signal);
    return this.#atLeader<Header>(
      { principal, signal },
      async (admin) => {
        await admin.transfer(id);
        return this.#header();
      },
      async (client, options) => decodeHeader((await client.transferLeadership({ id }, options)).header),
    );
  }

  /** A leader that is removed could not tell how it went: somebody else is to lead then, this member if it can. */
  #successorOf(id: bigint): MemberId | undefined {
    const { member, leaderAdmin } = this.#options;
    const { leadership, status } = member.raft;
    if (leadership.leader !== id) return undefined;
    const { voters } = status.configuration;
    if (leadership.leader === status.id) return leaderAdmin.successor();
    return voters.includes(status.id) ? status.id : voters.find((voter) => voter !== id);
  }

  async #change(
    { principal }: { readonly principal: Principal },
    signal: AbortSignal | undefined,
    local: (admin: LeaderAdmin) => Promise<void>,
    remote: (client: LeaderClient, options: CallOptions) => Promise<ListMembersResponse>,
  ): Promise<MemberList> {
    this.#admit(principal, 'administer', signal);
    return this.#atLeader<MemberList>(
      { principal, signal },
      async (admin) => {
        await local(admin);
        return this.#list(false);
      },
      async (client, options) => decodeMembers(await remote(client, options)),
    );
  }

  async #atLeader<Answer>(
    { principal, signal }: Asked,
    local: (admin: LeaderAdmin) => Promise<Answer>,
    remote: (client: LeaderClient, options: CallOptions) => Promise<Answer>,
  ): Promise<Answer> {
    const { member, leaderAdmin, channelTo } = this.#options;
    if (member.raft.leadership.leader === undefined) await member.raft.readBarrier();
    const { leader } = member.raft.leadership;
    if (leader === member.membership.memberId) return local(leaderAdmin);
    const channel = leader === undefined ? undefined : channelTo(leader);
    if (channel === undefined) throw new NoLeaderError();
    const options = { principal, timeoutMs: ASK_MS, ...(signal !== undefined && { signal }) };
    try {
      return await remote(createClient(ClusterServiceService, channel), options);
    } catch (error) {
      throw restoredAdminError(error);
    }
  }

  async #list(serializable: boolean): Promise<MemberList> {
    return { ...(await this.#header()), members: await this.#options.leaderAdmin.members(serializable) };
  }

  async #header(): Promise<Header> {
    const { incarnation, revision } = await this.#options.member.store.status();
    return { incarnation, revision };
  }

  #admit(principal: Principal, verb: 'read' | 'administer', signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    this.#options.authorize(principal, verb);
  }
}

function changedOf(id: bigint, list: MemberList): MemberChanged {
  const member = list.members.find((one) => one.id === id);
  if (member === undefined) throw new MemberNotFoundError(id);
  return { ...list, member };
}
