import { LeaseService } from '@portolan/contracts/etcd/lease';
import type { RangeResponse, TxnResponse } from '@portolan/contracts/etcd/kv';
import {
  MalformedAnswerError,
  OutcomeUnknownError,
  revision,
  SEQUENCE_WINDOW,
  SequenceExpiredError,
  SessionExpiredError,
  type Header,
  type Idempotency,
  type NestedTxn,
  type TxnResult,
} from '@portolan/kv';
import { refusalOf, type EtcdRefusal } from '../channel/etcd-refusal.ts';
import type { EtcdCluster } from '../etcd-cluster.ts';
import { decodeTxn, encodeTxn, type TxnCodec } from '../mapping/txn.ts';
import { refusedError } from '../typed-error.ts';
import { markedTxn, marksOf, sequenceOf, type Marks } from './marks.ts';
import { replay } from './replay.ts';
import type { SessionLeases, SessionLeaseSource } from './session-leases.ts';

const DONE = 'done';
const REFUSED = 'refused ';

/** What follows from the state of the store, so that a retry could be answered otherwise: it is noted. */
const NOTED: ReadonlySet<EtcdRefusal> = new Set<EtcdRefusal>([
  'key-not-found',
  'lease-not-found',
  'compacted',
  'future-revision',
]);

/** Our own leases may be gone, once. */
const ATTEMPTS_MAX = 3;

export interface OnceRequest {
  readonly txn: NestedTxn;
  readonly idempotency: Idempotency;
  readonly codec: TxnCodec;
}

/**
 * A transaction that is done once, however often it is sent, by whichever process: its mark is put in the same transaction of etcd,
 * which does nothing when there is one. A mark makes a revision, also where the transaction changes nothing.
 * @throws SessionExpiredError, SequenceExpiredError, OutcomeUnknownError, RpcError for what etcd refuses
 */
export class Once {
  readonly #cluster: EtcdCluster;
  readonly #leases: SessionLeaseSource;

  constructor(cluster: EtcdCluster, leases: SessionLeaseSource) {
    this.#cluster = cluster;
    this.#leases = leases;
  }

  async run(request: OnceRequest, signal: AbortSignal | undefined): Promise<TxnResult> {
    const { txn, idempotency, codec } = request;
    const marks = marksOf(this.#cluster.mapping, idempotency);
    const encoded = encodeTxn(codec, txn);
    for (let attempt = 1; ; attempt += 1) {
      const leases = await this.#leases.get(signal);
      try {
        const marked = markedTxn(marks, idempotency, leases, DONE, encoded);
        const { response, header } = await this.#cluster.txn(marked, { repeatable: 'once', signal });
        return await this.#answer(request, response, header, signal);
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === undefined || !NOTED.has(refusal)) throw error;
        if (refusal === 'lease-not-found' && attempt < ATTEMPTS_MAX && !(await this.#areAlive(leases, signal))) {
          this.#leases.forget();
          continue;
        }
        return await this.#refuse(request, marks, leases, { refusal, error }, signal);
      }
    }
  }

  /** Notes that it was refused, so that no attempt that is still under way does it after all. */
  async #refuse(
    request: OnceRequest,
    marks: Marks,
    leases: SessionLeases,
    { refusal, error }: { readonly refusal: EtcdRefusal; readonly error: unknown },
    signal: AbortSignal | undefined,
  ): Promise<TxnResult> {
    const marked = markedTxn(marks, request.idempotency, leases, REFUSED + refusal, undefined);
    const { response, header } = await this.#cluster.txn(marked, { repeatable: 'once', signal });
    if (response.succeeded) throw error;
    return this.#answer(request, response, header, signal);
  }

  async #answer(
    request: OnceRequest,
    { succeeded, responses }: TxnResponse,
    header: Header,
    signal: AbortSignal | undefined,
  ): Promise<TxnResult> {
    const { txn } = request;
    const [first, second, third] = responses.map(({ response }) => response);
    if (succeeded) {
      if (first?.$case !== 'responseTxn') throw new MalformedAnswerError('a transaction without its answer');
      return { ...header, ...decodeTxn(this.#cluster.mapping, txn, first.value) };
    }
    if (first?.$case !== 'responseRange' || second?.$case !== 'responseRange' || third?.$case !== 'responseRange') {
      throw new MalformedAnswerError('another kind of answer than a range');
    }
    const [mark] = first.value.kvs;
    if (mark === undefined) throw this.#expired(request.idempotency, second.value, third.value);
    const made = revision(mark.modRevision);
    const outcome = mark.value.toString('latin1');
    if (outcome.startsWith(REFUSED)) throw await this.#refusedBefore(request, outcome, signal);
    try {
      return { ...header, revision: made, ...(await replay(this.#cluster, txn, made, signal)) };
    } catch (error) {
      if (refusalOf(error) !== 'compacted') throw error;
      throw new SequenceExpiredError(request.idempotency.sequence, ...this.#window(third.value));
    }
  }

  async #refusedBefore({ txn, codec }: OnceRequest, outcome: string, signal: AbortSignal | undefined): Promise<Error> {
    const refusal = outcome.slice(REFUSED.length);
    const known = [...NOTED].find((one) => one === refusal);
    const error = known && (await refusedError(this.#cluster, known, { txn, codec }, signal));
    return error ?? new OutcomeUnknownError(new MalformedAnswerError(`a mark of an unknown kind: ${outcome}`));
  }

  #expired({ session, sequence }: Idempotency, known: RangeResponse, marks: RangeResponse): Error {
    if (known.kvs.length === 0 && sequence !== 1) return new SessionExpiredError(session, sequence);
    return new SequenceExpiredError(sequence, ...this.#window(marks));
  }

  #window({ kvs }: RangeResponse): readonly [number, number] {
    const last = kvs.at(-1);
    const newest = last === undefined ? 0 : sequenceOf(this.#cluster.mapping, last.key);
    return [Math.max(1, newest - SEQUENCE_WINDOW + 1), newest + SEQUENCE_WINDOW];
  }

  async #areAlive({ session, mark }: SessionLeases, signal: AbortSignal | undefined): Promise<boolean> {
    for (const ID of [session, mark]) {
      const terms = { repeatable: 'read', signal } as const;
      const { response } = await this.#cluster.call(LeaseService.leaseTimeToLive, { ID, keys: false }, terms, false);
      if (response.TTL <= 0n) return false;
    }
    return true;
  }
}
