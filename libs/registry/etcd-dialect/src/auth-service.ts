import type { AuthService } from '@portolan/contracts/etcd/auth';
import type { Implementation } from '@portolan/rpc';
import { unary } from './calls.ts';
import type { DialectScope } from './dialect-scope.ts';
import { EtcdError, EtcdUnsupportedError, type EtcdErrorName } from './etcd-error.ts';
import { headerOf } from './etcd-header.ts';

/** As an etcd without authentication and without users: there are none, and none can be added. Who may do what is Portolan's access to say. */
export function authService(scope: DialectScope): Implementation<typeof AuthService> {
  const header = async (signal: AbortSignal) => ({ header: headerOf(await scope.store.status(signal)) });
  const refuse = (name: EtcdErrorName) => unary(scope, (): Promise<never> => Promise.reject(new EtcdError(name)));
  const unsupported = unary(scope, (): Promise<never> =>
    Promise.reject(
      new EtcdUnsupportedError(
        'users and roles are not kept here',
        "name who may do what in the policy of Portolan's access",
      ),
    ),
  );
  return {
    authEnable: refuse('rootUserMissing'),
    authDisable: unary(scope, (_request, signal) => header(signal)),
    authStatus: unary(scope, async (_request, signal) => ({
      ...(await header(signal)),
      enabled: false,
      authRevision: 1n,
    })),
    authenticate: refuse('authNotEnabled'),
    userAdd: unsupported,
    userGet: refuse('userNotFound'),
    userList: unary(scope, async (_request, signal) => ({ ...(await header(signal)), users: [] })),
    userDelete: refuse('userNotFound'),
    userChangePassword: refuse('userNotFound'),
    userGrantRole: refuse('userNotFound'),
    userRevokeRole: refuse('userNotFound'),
    roleAdd: unsupported,
    roleGet: refuse('roleNotFound'),
    roleList: unary(scope, async (_request, signal) => ({ ...(await header(signal)), roles: [] })),
    roleDelete: refuse('roleNotFound'),
    roleGrantPermission: refuse('roleNotFound'),
    roleRevokePermission: refuse('roleNotFound'),
  };
}
