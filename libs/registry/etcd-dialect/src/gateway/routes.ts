import * as cluster from './cluster-messages.ts';
import type { MessageTable } from './json-message.ts';
import * as keys from './key-messages.ts';

/** A path of the gateway: which method it is, and its messages. */
export interface Route {
  /** `/package.Service/Method` */
  readonly method: string;
  readonly request: MessageTable;
  readonly response: MessageTable;
}

const { HeaderOnly, Nothing } = keys;

const route = (method: string, request: MessageTable, response: MessageTable): Route => ({
  method: `/etcdserverpb.${method}`,
  request,
  response,
});

const revoke = route('Lease/LeaseRevoke', keys.LeaseById, HeaderOnly);
const timeToLive = route('Lease/LeaseTimeToLive', keys.LeaseTimeToLiveRequest, keys.LeaseTimeToLiveResponse);
const leases = route('Lease/LeaseLeases', Nothing, keys.LeaseLeasesResponse);

/** POST to `/v3/` and one of these; as the annotations of etcd's contracts have them. */
export const ROUTES: Readonly<Record<string, Route>> = {
  'kv/range': route('KV/Range', keys.RangeRequest, keys.RangeResponse),
  'kv/put': route('KV/Put', keys.PutRequest, keys.PutResponse),
  'kv/deleterange': route('KV/DeleteRange', keys.DeleteRangeRequest, keys.DeleteRangeResponse),
  'kv/txn': route('KV/Txn', keys.TxnRequest, keys.TxnResponse),
  'kv/compaction': route('KV/Compact', keys.CompactionRequest, HeaderOnly),
  watch: route('Watch/Watch', keys.WatchRequest, keys.WatchResponse),
  'lease/grant': route('Lease/LeaseGrant', keys.LeaseGrantRequest, keys.LeaseGrantResponse),
  'lease/keepalive': route('Lease/LeaseKeepAlive', keys.LeaseById, keys.LeaseKeepAliveResponse),
  'lease/revoke': revoke,
  'kv/lease/revoke': revoke,
  'lease/timetolive': timeToLive,
  'kv/lease/timetolive': timeToLive,
  'lease/leases': leases,
  'kv/lease/leases': leases,
  'cluster/member/add': route('Cluster/MemberAdd', cluster.MemberAddRequest, cluster.MemberAddResponse),
  'cluster/member/remove': route('Cluster/MemberRemove', cluster.MemberById, cluster.MembersResponse),
  'cluster/member/update': route('Cluster/MemberUpdate', cluster.MemberUpdateRequest, cluster.MembersResponse),
  'cluster/member/list': route('Cluster/MemberList', cluster.MemberListRequest, cluster.MembersResponse),
  'cluster/member/promote': route('Cluster/MemberPromote', cluster.MemberById, cluster.MembersResponse),
  'maintenance/alarm': route('Maintenance/Alarm', cluster.AlarmRequest, cluster.AlarmResponse),
  'maintenance/status': route('Maintenance/Status', Nothing, cluster.StatusResponse),
  'maintenance/defragment': route('Maintenance/Defragment', Nothing, HeaderOnly),
  'maintenance/hash': route('Maintenance/Hash', Nothing, cluster.HashResponse),
  'maintenance/hashkv': route('Maintenance/HashKV', cluster.HashKVRequest, cluster.HashKVResponse),
  'maintenance/snapshot': route('Maintenance/Snapshot', Nothing, cluster.SnapshotResponse),
  'maintenance/transfer-leadership': route('Maintenance/MoveLeader', cluster.MoveLeaderRequest, HeaderOnly),
  'maintenance/downgrade': route('Maintenance/Downgrade', cluster.DowngradeRequest, cluster.DowngradeResponse),
  'auth/enable': route('Auth/AuthEnable', Nothing, HeaderOnly),
  'auth/disable': route('Auth/AuthDisable', Nothing, HeaderOnly),
  'auth/status': route('Auth/AuthStatus', Nothing, cluster.AuthStatusResponse),
  'auth/authenticate': route('Auth/Authenticate', cluster.AuthenticateRequest, cluster.AuthenticateResponse),
  'auth/user/add': route('Auth/UserAdd', cluster.AuthUserAddRequest, HeaderOnly),
  'auth/user/get': route('Auth/UserGet', cluster.ByName, cluster.RolesResponse),
  'auth/user/list': route('Auth/UserList', Nothing, cluster.UsersResponse),
  'auth/user/delete': route('Auth/UserDelete', cluster.ByName, HeaderOnly),
  'auth/user/changepw': route('Auth/UserChangePassword', cluster.AuthUserChangePasswordRequest, HeaderOnly),
  'auth/user/grant': route('Auth/UserGrantRole', cluster.AuthUserGrantRoleRequest, HeaderOnly),
  'auth/user/revoke': route('Auth/UserRevokeRole', cluster.AuthUserRevokeRoleRequest, HeaderOnly),
  'auth/role/add': route('Auth/RoleAdd', cluster.ByName, HeaderOnly),
  'auth/role/get': route('Auth/RoleGet', cluster.ByRole, cluster.AuthRoleGetResponse),
  'auth/role/list': route('Auth/RoleList', Nothing, cluster.RolesResponse),
  'auth/role/delete': route('Auth/RoleDelete', cluster.ByRole, HeaderOnly),
  'auth/role/grant': route('Auth/RoleGrantPermission', cluster.AuthRoleGrantPermissionRequest, HeaderOnly),
  'auth/role/revoke': route('Auth/RoleRevokePermission', cluster.AuthRoleRevokePermissionRequest, HeaderOnly),
  'lock/lock': { method: '/v3lockpb.Lock/Lock', request: cluster.LockRequest, response: cluster.LockResponse },
  'lock/unlock': { method: '/v3lockpb.Lock/Unlock', request: cluster.UnlockRequest, response: HeaderOnly },
  'election/campaign': election('Campaign', cluster.CampaignRequest, cluster.CampaignResponse),
  'election/proclaim': election('Proclaim', cluster.ProclaimRequest, HeaderOnly),
  'election/leader': election('Leader', cluster.LeaderRequest, cluster.LeaderResponse),
  'election/observe': election('Observe', cluster.LeaderRequest, cluster.LeaderResponse),
  'election/resign': election('Resign', cluster.ResignRequest, HeaderOnly),
};

function election(method: string, request: MessageTable, response: MessageTable): Route {
  return { method: `/v3electionpb.Election/${method}`, request, response };
}
