import type { KVService } from '@portolan/contracts/etcd/kv';
import type { KvStore, TxnRequest } from '@portolan/kv';
import type { BytesCall, BytesHandler } from '@portolan/rpc';
import { asksForLeader } from '../calls.ts';
import type { DialectScope } from '../dialect-scope.ts';
import type { TimeLimit } from '../time-limit.ts';
import { AnswerHeader } from '../wire/answer-header.ts';
import { readDelete, readPut, readRange } from '../wire/read-requests.ts';
import { readTxn } from '../wire/read-txn.ts';
import { WireReader } from '@portolan/kv/wire';
import { WireWriter } from '../wire/wire-writer.ts';
import { Exchange, type AnswerKind, type ExchangeScope } from './exchange.ts';

/** Larger requests are the ordinary handler's: it knows etcd's bound of them, and what is around them costs little beside their bytes. */
const REQUEST_BYTES_MAX = 512 * 1_024;
/** Exchanges kept to be used again. */
const KEPT_MAX = 1_024;

/** Requests for keys from bytes to bytes, as most of them are; what is odd about the others is the ordinary handler's to say. */
export class KvBytes implements ExchangeScope {
  readonly handlers: { readonly [Name in keyof typeof KVService]?: BytesHandler };
  readonly #scope: DialectScope;
  readonly #store: KvStore;
  readonly #limit: TimeLimit;
  readonly #reader = new WireReader();
  readonly #writer = new WireWriter();
  readonly #header = new AnswerHeader();
  readonly #free: Exchange[] = [];
  #ready: Exchange[] = [];
  #answered: Exchange[] = [];

  /** @param limit of all requests */
  constructor(scope: DialectScope, limit: TimeLimit) {
    this.#scope = scope;
    this.#store = scope.store;
    this.#limit = limit;
    this.handlers = { range: this.#onRange, put: this.#onPut, deleteRange: this.#onDelete, txn: this.#onTxn };
  }

  readonly #onRange: BytesHandler = (bytes, start, end, call) => {
    if (!this.#begin(bytes, start, end, call)) return false;
    const range = readRange(this.#reader);
    if (range === undefined) return false;
    const { principal } = this.#scope;
    const { query, serializable } = range;
    const result = this.#store.range({ ...query, principal, serializable });
    const exchange = this.#exchange(call, 'range');
    result.then(exchange.onRange, exchange.onFailure);
    return true;
  };

  readonly #onPut: BytesHandler = (bytes, start, end, call) => {
    if (!this.#begin(bytes, start, end, call)) return false;
    const operation = readPut(this.#reader);
    if (operation === undefined) return false;
    this.#run(call, 'put', { principal: this.#scope.principal, compares: [], success: [operation], failure: [] });
    return true;
  };

  readonly #onDelete: BytesHandler = (bytes, start, end, call) => {
    if (!this.#begin(bytes, start, end, call)) return false;
    const operation = readDelete(this.#reader);
    if (operation === undefined) return false;
    this.#run(call, 'delete', { principal: this.#scope.principal, compares: [], success: [operation], failure: [] });
    return true;
  };

  readonly #onTxn: BytesHandler = (bytes, start, end, call) => {
    if (!this.#begin(bytes, start, end, call)) return false;
    const txn = readTxn(this.#reader);
    if (txn === undefined) return false;
    this.#run(call, 'txn', { ...txn, principal: this.#scope.principal });
    return true;
  };

  answerSoon(exchange: Exchange): void {
    this.#ready.push(exchange);
    if (this.#ready.length === 1) void this.#answerReady();
  }

  refuse(exchange: Exchange, error: unknown): void {
    if (!exchange.isGivenUp) this.#limit.end(exchange);
    exchange.refuse(error);
    this.#release(exchange);
  }

  #begin(bytes: Uint8Array, start: number, end: number, call: BytesCall): boolean {
    if (end - start > REQUEST_BYTES_MAX || asksForLeader(call)) return false;
    this.#reader.begin(bytes, start, end);
    return true;
  }

  #run(call: BytesCall, kind: AnswerKind, request: TxnRequest): void {
    const result = this.#store.txn(request);
    const exchange = this.#exchange(call, kind);
    result.then(exchange.onTxn, exchange.onFailure);
  }

  #exchange(call: BytesCall, kind: AnswerKind): Exchange {
    const exchange = this.#free.pop() ?? new Exchange(this);
    exchange.begin(call, kind);
    this.#limit.begin(exchange);
    return exchange;
  }

  #release(exchange: Exchange): void {
    exchange.reset();
    if (this.#free.length < KEPT_MAX) this.#free.push(exchange);
  }

  /** Never rejects. */
  async #answerReady(): Promise<void> {
    try {
      this.#header.set(await this.#store.status());
    } catch (error) {
      this.#settleReady((exchange) => {
        this.refuse(exchange, error);
      });
      return;
    }
    this.#settleReady(this.#answer);
  }

  #settleReady(settle: (exchange: Exchange) => void): void {
    const ready = this.#takeReady();
    for (const exchange of ready) settle(exchange);
    ready.length = 0;
  }

  readonly #answer = (exchange: Exchange): void => {
    if (!exchange.isGivenUp) this.#limit.end(exchange);
    exchange.answer(this.#header, this.#writer);
    this.#release(exchange);
  };

  /** Two lists in turn: what has a result meanwhile waits in the other one. */
  #takeReady(): Exchange[] {
    const ready = this.#ready;
    this.#ready = this.#answered;
    this.#answered = ready;
    return ready;
  }
}
