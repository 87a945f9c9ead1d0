import type { Header, PrincipalRequest } from './header.ts';
import type { Keyspace, Revision } from './ids.ts';

/**
 * Administration of the cluster a store is on. It is no part of `KvStore`: a store on somebody else's cluster (an existing etcd) is
 * administered there, and in this process alone there are no members.
 */
export interface KvAdmin extends ClusterAdmin, StoreAdmin {}

/**
 * The members. A member is its id, never its address. Changes go through the log, one at a time; whichever member is asked passes the
 * question on to the leader.
 */
export interface ClusterAdmin {
  /** Linearizable unless the request says `serializable`. */
  members(request: MembersRequest, signal?: AbortSignal): Promise<MemberList>;
  /**
   * Reserves an id for a process that is started afterwards and finds itself by its name or its peer addresses. It begins as a learner:
   * it takes the log without a vote.
   * @throws MemberExistsError when a name or an address is another member's
   */
  addMember(request: AddMemberRequest, signal?: AbortSignal): Promise<MemberChanged>;
  /** Gives a learner its vote. @throws MemberNotFoundError, NotALearnerError, LearnerNotReadyError */
  promoteMember(request: MemberRequest, signal?: AbortSignal): Promise<MemberList>;
  /** @throws MemberNotFoundError, LastVoterError */
  removeMember(request: MemberRequest, signal?: AbortSignal): Promise<MemberList>;
  /** Where it is reached by its peers from now on. @throws MemberNotFoundError, MemberExistsError */
  updateMember(request: UpdateMemberRequest, signal?: AbortSignal): Promise<MemberList>;
  /** Resolves when `id` leads. @throws MemberNotFoundError, TransferFailedError */
  transferLeadership(request: MemberRequest, signal?: AbortSignal): Promise<Header>;
}

/** What this member alone is asked about its own state, and alarms, which all members share. */
export interface StoreAdmin {
  alarms(request: PrincipalRequest, signal?: AbortSignal): Promise<AlarmList>;
  /**
   * Through the log: from then on all members refuse what the alarm forbids.
   * @throws TooManyAlarmsError, FormatNotActiveError
   */
  raiseAlarm(request: AlarmRequest, signal?: AbortSignal): Promise<AlarmList>;
  /** An alarm that is not raised is no error. A cause that goes on raises it again. */
  disarmAlarm(request: AlarmRequest, signal?: AbortSignal): Promise<AlarmList>;
  /**
   * Of this member's keyspace at `revision`, with the history since its compaction: equal on all members with the same `oldest`.
   * @throws CompactedError, FutureRevisionError
   */
  hashKeyspace(request: HashRequest, signal?: AbortSignal): Promise<KeyspaceHash>;
  /**
   * The whole state of this member at one index of the log as a checksummed stream, in slices; writes go on meanwhile. What it yields is what
   * `portolan registry restore` takes.
   */
  backup(request: PrincipalRequest, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface ClusterMember {
  readonly id: bigint;
  /** Empty until its process has been started once. */
  readonly name: string;
  /** `host:port`, where other members reach it. */
  readonly peerAddresses: readonly string[];
  /** Where clients reach it; empty until its process has been started once. */
  readonly clientAddresses: readonly string[];
  /** Where etcd's own clients reach it; empty unless it answers them. */
  readonly etcdUrls: readonly string[];
  readonly isLearner: boolean;
}

export interface MembersRequest extends PrincipalRequest {
  readonly serializable?: boolean;
}

export interface MemberList extends Header {
  /** By id. */
  readonly members: readonly ClusterMember[];
}

export interface MemberChanged extends MemberList {
  readonly member: ClusterMember;
}

export interface AddMemberRequest extends PrincipalRequest {
  /** Absent: the process tells it when it is first started, and is known by its addresses until then. */
  readonly name?: string;
  readonly peerAddresses: readonly string[];
  /** Absent: it takes part at once as a learner. False: it is promoted by itself as soon as it has caught up. */
  readonly isLearner?: boolean;
}

export interface UpdateMemberRequest extends PrincipalRequest {
  readonly id: bigint;
  readonly peerAddresses: readonly string[];
}

export interface MemberRequest extends PrincipalRequest {
  readonly id: bigint;
}

/**
 * - `no-space`: a keyspace has reached its quota: its puts and grants are refused; reads, deletes, revokes, expiry and compaction are
 *   not. The write that would have gone beyond raises it.
 * - `corrupt`: a member's state differs from the others': nothing but reads
 */
export type AlarmKind = 'no-space' | 'corrupt';

export interface Alarm {
  readonly kind: AlarmKind;
  /** Who raised it, or whose state it is about. 0: the store itself, or nobody knows whose; to disarm: those of all members. */
  readonly memberId: bigint;
  /** Of `no-space`. To disarm, undefined: those of all keyspaces. */
  readonly keyspace: Keyspace | undefined;
}

export interface AlarmList extends Header {
  readonly alarms: readonly Alarm[];
}

export interface AlarmRequest extends PrincipalRequest, Alarm {}

export interface HashRequest extends PrincipalRequest {
  readonly keyspace: Keyspace;
  /** Absent: the newest this member has applied. */
  readonly revision?: Revision;
}

export interface KeyspaceHash extends Header {
  /** 32 bits. */
  readonly hash: number;
  /** At which it was taken. */
  readonly hashRevision: Revision;
  /** The oldest revision that is in it. */
  readonly oldest: Revision;
}
