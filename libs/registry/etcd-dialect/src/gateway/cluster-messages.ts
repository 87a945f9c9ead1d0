import {
  AlarmRequest_AlarmAction,
  AlarmType,
  DowngradeRequest_DowngradeAction,
} from '@portolan/contracts/etcd/maintenance';
import {
  bool,
  bytes,
  int64,
  many,
  message,
  oneOfThese,
  string,
  uint32,
  uint64,
  type MessageTable,
} from './json-message.ts';
import { header, KeyValue } from './key-messages.ts';

/** The messages about members, their state, users, locks and elections. A spec compares them with the contracts. */
const Member: MessageTable = {
  ID: uint64,
  name: string,
  peerURLs: many(string),
  clientURLs: many(string),
  isLearner: bool,
};
const member = message(() => Member);
export const MemberAddRequest: MessageTable = { peerURLs: many(string), isLearner: bool };
export const MemberAddResponse: MessageTable = { header, member, members: many(member) };
export const MemberById: MessageTable = { ID: uint64 };
export const MemberUpdateRequest: MessageTable = { ID: uint64, peerURLs: many(string) };
export const MemberListRequest: MessageTable = { linearizable: bool };
export const MembersResponse: MessageTable = { header, members: many(member) };

const alarmType = oneOfThese(AlarmType);
export const AlarmRequest: MessageTable = {
  action: oneOfThese(AlarmRequest_AlarmAction),
  memberID: uint64,
  alarm: alarmType,
};
export const AlarmResponse: MessageTable = {
  header,
  alarms: many(message(() => ({ memberID: uint64, alarm: alarmType }))),
};
export const StatusResponse: MessageTable = {
  header,
  version: string,
  dbSize: int64,
  leader: uint64,
  raftIndex: uint64,
  raftTerm: uint64,
  raftAppliedIndex: uint64,
  errors: many(string),
  dbSizeInUse: int64,
  isLearner: bool,
  storageVersion: string,
  dbSizeQuota: int64,
  downgradeInfo: message(() => ({ enabled: bool, targetVersion: string })),
};
export const HashResponse: MessageTable = { header, hash: uint32 };
export const HashKVRequest: MessageTable = { revision: int64 };
export const HashKVResponse: MessageTable = { header, hash: uint32, compact_revision: int64, hash_revision: int64 };
export const SnapshotResponse: MessageTable = { header, remaining_bytes: uint64, blob: bytes, version: string };
export const MoveLeaderRequest: MessageTable = { targetID: uint64 };
export const DowngradeRequest: MessageTable = { action: oneOfThese(DowngradeRequest_DowngradeAction), version: string };
export const DowngradeResponse: MessageTable = { header, version: string };

export const AuthStatusResponse: MessageTable = { header, enabled: bool, authRevision: uint64 };
export const AuthenticateRequest: MessageTable = { name: string, password: string };
export const AuthenticateResponse: MessageTable = { header, token: string };
export const AuthUserAddRequest: MessageTable = {
  name: string,
  password: string,
  options: message(() => ({ no_password: bool })),
  hashedPassword: string,
};
export const ByName: MessageTable = { name: string };
export const ByRole: MessageTable = { role: string };
export const AuthUserChangePasswordRequest: MessageTable = { name: string, password: string, hashedPassword: string };
export const AuthUserGrantRoleRequest: MessageTable = { user: string, role: string };
export const AuthUserRevokeRoleRequest: MessageTable = { name: string, role: string };
export const RolesResponse: MessageTable = { header, roles: many(string) };
export const UsersResponse: MessageTable = { header, users: many(string) };
const permission = message(() => ({
  permType: oneOfThese({ READ: 0, WRITE: 1, READWRITE: 2 }),
  key: bytes,
  range_end: bytes,
}));
export const AuthRoleGetResponse: MessageTable = { header, perm: many(permission) };
export const AuthRoleGrantPermissionRequest: MessageTable = { name: string, perm: permission };
export const AuthRoleRevokePermissionRequest: MessageTable = { role: string, key: bytes, range_end: bytes };

export const LockRequest: MessageTable = { name: bytes, lease: int64 };
export const LockResponse: MessageTable = { header, key: bytes };
export const UnlockRequest: MessageTable = { key: bytes };
const leader = message(() => ({ name: bytes, key: bytes, rev: int64, lease: int64 }));
export const CampaignRequest: MessageTable = { name: bytes, lease: int64, value: bytes };
export const CampaignResponse: MessageTable = { header, leader };
export const LeaderRequest: MessageTable = { name: bytes };
export const LeaderResponse: MessageTable = { header, kv: message(() => KeyValue) };
export const ProclaimRequest: MessageTable = { leader, value: bytes };
export const ResignRequest: MessageTable = { leader };
