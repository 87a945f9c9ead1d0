import * as proto from '@portolan/contracts/kv';
import type { PortolanError } from '@portolan/kernel';
import fc from 'fast-check';
import * as errors from '../errors.ts';
import { incarnation, leaseId, revision, sessionId } from '../ids.ts';
import type { GrantLeaseRequest } from '../lease-request.ts';
import { anIdempotency, aQuery, aTxn, aWatch } from '../testing/arbitraries.ts';
import { plain } from '../testing/comparison.ts';
import { principal } from '../testing/shorthand.ts';
import {
  decodeGrantLeaseRequest,
  decodeRangeRequest,
  decodeTxnRequest,
  decodeWatchRequest,
  encodeGrantLeaseRequest,
  encodeRangeRequest,
  encodeTxnRequest,
  encodeWatchRequest,
  restoreKvError,
} from './index.ts';

describe('requests', () => {
  it('to read arrive as they were sent', () => {
    fc.assert(
      fc.property(aQuery, (query) => {
        const bytes = proto.RangeRequest.encode(encodeRangeRequest({ principal, ...query })).finish();
        const { select = 'key-values', ...rest } = decodeRangeRequest(proto.RangeRequest.decode(bytes), principal);
        expect({ select, ...rest }).toEqual({ select: 'key-values', principal, ...query });
      }),
    );
  });

  it('to write arrive as they were sent', () => {
    fc.assert(
      fc.property(aTxn, fc.option(anIdempotency, { nil: undefined }), (txn, idempotency) => {
        const request = { principal, ...txn, ...(idempotency !== undefined && { idempotency }) };
        const once = encodeTxnRequest(request);
        const arrived = decodeTxnRequest(proto.TxnRequest.decode(proto.TxnRequest.encode(once).finish()), principal);
        expect(plain(encodeTxnRequest(arrived))).toEqual(plain(once));
        expect(arrived.idempotency).toEqual(idempotency);
        expect(plain(arrived.compares)).toEqual(plain(request.compares));
      }),
    );
  });

  it('to watch arrive as they were sent', () => {
    fc.assert(
      fc.property(aWatch, (watch) => {
        const bytes = proto.WatchRequest.encode(encodeWatchRequest({ principal, ...watch })).finish();
        const arrived = decodeWatchRequest(proto.WatchRequest.decode(bytes), principal);
        expect({ events: 'all', previous: false, ...arrived }).toEqual({
          events: 'all',
          previous: false,
          principal,
          ...watch,
        });
      }),
    );
  });

  it.each<Pick<GrantLeaseRequest, 'keyspace'>>([
    {},
    { keyspace: 'user' },
    { keyspace: 'catalog' },
    { keyspace: 'system' },
  ])('for a lease arrive as they were sent: %j', (whose) => {
    const request = { principal, ttlSeconds: 10, id: leaseId(7n), ...whose };
    const bytes = proto.GrantLeaseRequest.encode(encodeGrantLeaseRequest(request)).finish();
    expect(decodeGrantLeaseRequest(proto.GrantLeaseRequest.decode(bytes), principal)).toEqual(request);
  });

  const empty = { ...proto.TxnRequest.create({}) };

  it.each<readonly [string, () => unknown]>([
    [
      'a keyspace that is none',
      () => decodeGrantLeaseRequest(proto.GrantLeaseRequest.decode(Uint8Array.of(0x18, 0)), principal),
    ],
    ['no keyspace', () => decodeRangeRequest(proto.RangeRequest.create({ key: Buffer.from('a') }), principal)],
    [
      'an unknown sort',
      () => decodeRangeRequest({ ...proto.RangeRequest.create({ keyspace: 1 }), sortOrder: hostile(9) }, principal),
    ],
    ['an empty operation', () => decodeTxnRequest({ ...empty, success: [{ operation: undefined }] }, principal)],
    [
      'a compare without target',
      () => decodeTxnRequest({ ...empty, compares: [proto.Compare.create({ keyspace: 1, relation: 1 })] }, principal),
    ],
    [
      'a value and ignore_value',
      () => decodeTxnRequest({ ...empty, success: [put({ value: Buffer.from('1'), ignoreValue: true })] }, principal),
    ],
    [
      'a lease and ignore_lease',
      () => decodeTxnRequest({ ...empty, success: [put({ lease: 1n, ignoreLease: true })] }, principal),
    ],
    [
      'no_put and no_delete',
      () => decodeWatchRequest(proto.WatchRequest.create({ keyspace: 1, noPut: true, noDelete: true }), principal),
    ],
  ])('with %s are refused', (_what, decode) => {
    expect(decode).toThrow(errors.MalformedRequestError);
  });
});

/** A number that only a foreign client sends. */
function hostile(order: number): proto.SortOrder {
  return proto.RangeRequest.decode(Uint8Array.of(0x50, order)).sortOrder;
}

function put(fields: Partial<proto.PutRequest>): proto.Operation {
  const value = { ...proto.PutRequest.create({ keyspace: 1, key: Buffer.from('a') }), ...fields };
  return { operation: { $case: 'put', value } };
}

describe('errors of the store', () => {
  it.each<readonly [PortolanError]>([
    [new errors.CompactedError(revision(3), revision(7))],
    [new errors.FutureRevisionError(revision(9), revision(7))],
    [new errors.IncarnationChangedError(incarnation('a'), incarnation('b'))],
    [new errors.MalformedRequestError('what', 'fix')],
    [new errors.EmptyKeyError()],
    [new errors.KeyTooLargeError(9, 8)],
    [new errors.RequestTooLargeError(9, 8)],
    [new errors.ResponseTooLargeError(9, 8)],
    [new errors.TooManyOperationsError(128)],
    [new errors.DuplicateKeyError('ä"')],
    [new errors.KeyNotFoundError('a')],
    [new errors.LeaseNotFoundError(leaseId(2n ** 62n))],
    [new errors.LeaseExistsError(leaseId(1n))],
    [new errors.LeaseTtlError(0, 9)],
    [new errors.TooManyLeasesError(9)],
    [new errors.TooManyWatchersError(9)],
    [new errors.QuotaExceededError('catalog', 9)],
    [new errors.SessionExpiredError(sessionId(2n ** 64n - 1n), 4)],
    [new errors.SequenceExpiredError(1, 2, 3)],
    [new errors.NotLeaderError(2n ** 64n - 1n)],
    [new errors.NotLeaderError(undefined)],
    [new errors.StoreClosedError()],
  ])('arrive as what they were: $code', (error) => {
    const context = Object.fromEntries(Object.entries(error.context).map(([name, value]) => [name, String(value)]));
    const { code, message, fix } = error;
    const restored = restoreKvError({ code, message, fix, context });
    expect(restored).toBeInstanceOf(error.constructor);
    expect(restored).toMatchObject({ code, kind: error.kind, message, fix, context: error.context });
  });

  it('of a newer version, or with a context that makes no sense, stay what the channel made of them', () => {
    const unknown = { code: 'KV_FROM_THE_FUTURE', message: '', fix: '', context: {} };
    expect(restoreKvError(unknown)).toBeUndefined();
    expect(restoreKvError({ ...unknown, code: 'KV_COMPACTED' })).toBeUndefined();
    expect(restoreKvError({ ...unknown, code: 'toString' })).toBeUndefined();
  });
});
