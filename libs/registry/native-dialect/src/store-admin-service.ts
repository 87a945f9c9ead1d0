import { StoreAdminServiceService, type BackupResponse } from '@portolan/contracts/kv-store-admin';
import type { StoreAdmin } from '@portolan/kv';
import { decodeAlarmRequest, decodeHashRequest, encodeAlarmList, encodeKeyspaceHash } from '@portolan/kv/wire';
import { implement, type BoundService, type CallContext, type Implementation } from '@portolan/rpc';
import { RegistryDrainingError } from './errors.ts';

/**
 * Administration of this member's store, beside what `nativeServices` answers.
 * @param admin what is asked, each time; what it throws is the answer
 */
export function storeAdminBinding(admin: () => StoreAdmin): BoundService {
  return implement(StoreAdminServiceService, storeAdminService(admin));
}

/** Each method decodes, asks, encodes. */
function storeAdminService(admin: () => StoreAdmin): Implementation<typeof StoreAdminServiceService> {
  return {
    listAlarms: async (_request, { principal, signal }) => encodeAlarmList(await admin().alarms({ principal }, signal)),
    raiseAlarm: async (request, { principal, signal }) =>
      encodeAlarmList(await admin().raiseAlarm(decodeAlarmRequest(request, principal), signal)),
    disarmAlarm: async (request, { principal, signal }) =>
      encodeAlarmList(await admin().disarmAlarm(decodeAlarmRequest(request, principal), signal)),
    hashKeyspace: async (request, { principal, signal }) =>
      encodeKeyspaceHash(await admin().hashKeyspace(decodeHashRequest(request, principal), signal)),
    backup: (_request, call) => backup(admin(), call),
  };
}

/** A member that ends gives a backup up: one of half the state is none. */
async function* backup(admin: StoreAdmin, call: CallContext): AsyncGenerator<BackupResponse, void> {
  const { principal, signal, draining } = call;
  for await (const piece of admin.backup({ principal }, signal)) {
    if (draining.aborted) throw new RegistryDrainingError();
    yield { chunk: Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength) };
  }
}
