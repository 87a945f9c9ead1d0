import {
  KvServiceService,
  type KeepLeaseAliveRequest,
  type KeepLeaseAliveResponse,
  type WatchRequest,
  type WatchResponse,
} from '@portolan/contracts/kv';
import { LeaseNotFoundError, StoreClosedError, type KvStore } from '@portolan/kv';
import {
  decodeCompactRequest,
  decodeGrantLeaseRequest,
  decodeLeaseRequest,
  decodeRangeRequest,
  decodeTxnRequest,
  decodeWatchRequest,
  encodeHeader,
  encodeLease,
  encodeLeaseList,
  encodeRangeResult,
  encodeStatus,
  encodeTimeToLive,
  encodeTxnResult,
  encodeWatchBatch,
} from '@portolan/kv/wire';
import { implement, type BoundService, type CallContext, type Implementation } from '@portolan/rpc';
import { txnBytes } from './txn-bytes.ts';

/** How old what a store holds may be: `ageMs` ago it had all that was acknowledged. */
export interface StoreAge {
  readonly ageMs: number;
}

/**
 * The store on native gRPC: each method decodes, asks the store, encodes.
 * @param age told with each serializable answer; absent where nothing is ever stale
 */
export function kvBinding(store: KvStore, age?: StoreAge): BoundService {
  return implement(KvServiceService, kvService(store, age), { txn: txnBytes(store) });
}

function kvService(store: KvStore, age: StoreAge | undefined): Implementation<typeof KvServiceService> {
  return {
    range: async (request, { principal, signal }) => {
      const answer = encodeRangeResult(await store.range(decodeRangeRequest(request, principal), signal));
      const isStale = request.serializable && age !== undefined;
      return isStale ? { ...answer, ageMs: BigInt(Math.round(age.ageMs)) } : answer;
    },
    txn: async (request, { principal, signal }) =>
      encodeTxnResult(await store.txn(decodeTxnRequest(request, principal), signal)),
    watch: (request, call) => watch(store, request, call),
    grantLease: async (request, { principal, signal }) =>
      encodeLease(await store.grantLease(decodeGrantLeaseRequest(request, principal), signal)),
    keepLeaseAlive: (requests, call) => keepLeasesAlive(store, requests, call),
    revokeLease: async (request, { principal, signal }) => ({
      header: encodeHeader(await store.revokeLease(decodeLeaseRequest(request, principal), signal)),
    }),
    getLease: async (request, { principal, signal }) => {
      const asked = decodeLeaseRequest(request, principal);
      return encodeTimeToLive(await store.timeToLive(asked, signal), asked);
    },
    listLeases: async (_request, { principal, signal }) => encodeLeaseList(await store.leases({ principal }, signal)),
    compact: async (request, { principal, signal }) => ({
      header: encodeHeader(await store.compact(decodeCompactRequest(request, principal), signal)),
    }),
    getStatus: async (_request, { signal }) => encodeStatus(await store.status(signal)),
  };
}

async function* watch(store: KvStore, request: WatchRequest, call: CallContext): AsyncGenerator<WatchResponse, void> {
  const signal = AbortSignal.any([call.signal, call.draining]);
  for await (const batch of store.watch(decodeWatchRequest(request, call.principal), signal)) {
    yield* encodeWatchBatch(batch);
  }
  // A watch has no end of its own: the client is told to go on elsewhere.
  if (call.draining.aborted) throw new StoreClosedError();
}

/** Answered in the order in which they were asked. A lease that is gone is an answer, not the end of the stream. */
async function* keepLeasesAlive(
  store: KvStore,
  requests: AsyncIterable<KeepLeaseAliveRequest>,
  { principal, signal, draining }: CallContext,
): AsyncGenerator<KeepLeaseAliveResponse, void> {
  for await (const request of requests) {
    if (draining.aborted) throw new StoreClosedError();
    yield await keepLeaseAlive(store, request, principal, signal);
  }
}

async function keepLeaseAlive(
  store: KvStore,
  request: KeepLeaseAliveRequest,
  principal: CallContext['principal'],
  signal: AbortSignal,
): Promise<KeepLeaseAliveResponse> {
  try {
    return encodeLease(await store.keepAlive(decodeLeaseRequest(request, principal), signal));
  } catch (error) {
    if (!(error instanceof LeaseNotFoundError)) throw error;
    return { header: encodeHeader(await store.status(signal)), id: request.id, ttlSeconds: 0n };
  }
}
