import type { RangeResult, TxnResult } from '@portolan/kv';
import type { BytesCall } from '@portolan/rpc';
import type { Waiting } from '../time-limit.ts';
import { toEtcdError } from '../to-etcd-error.ts';
import type { AnswerHeader } from '../wire/answer-header.ts';
import { writeDeleteAnswer, writePutAnswer, writeRangeAnswer, writeTxnAnswer } from '../wire/write-answers.ts';
import type { WireWriter } from '../wire/wire-writer.ts';

/** As what a result is told. */
export type AnswerKind = 'range' | 'put' | 'delete' | 'txn';

/** What all exchanges of a server share. */
export interface ExchangeScope {
  /** Whoever has a result is answered with the others that have one at the same time: they share one look at the store's status. */
  answerSoon(exchange: Exchange): void;
  /** The store refuses it. */
  refuse(exchange: Exchange, error: unknown): void;
}

/** One request from its bytes to its answer. Hot path (apps/bench/registry): it is used again, and what the store calls back is bound once. */
export class Exchange implements Waiting {
  dueAt = 0;
  before: Waiting | undefined;
  after: Waiting | undefined;
  readonly #scope: ExchangeScope;
  /** undefined: it was answered, or given up. */
  #call: BytesCall | undefined;
  #kind: AnswerKind = 'put';
  #txn: TxnResult | undefined;
  #range: RangeResult | undefined;

  constructor(scope: ExchangeScope) {
    this.#scope = scope;
  }

  begin(call: BytesCall, kind: AnswerKind): void {
    this.#call = call;
    this.#kind = kind;
  }

  /** It waited long enough: what the store says yet is not heard. */
  giveUp(reason: Error): void {
    const call = this.#call;
    this.#call = undefined;
    call?.refuse(reason);
  }

  get isGivenUp(): boolean {
    return this.#call === undefined;
  }

  readonly onTxn = (result: TxnResult): void => {
    this.#txn = result;
    this.#scope.answerSoon(this);
  };

  readonly onRange = (result: RangeResult): void => {
    this.#range = result;
    this.#scope.answerSoon(this);
  };

  readonly onFailure = (error: unknown): void => {
    this.#scope.refuse(this, error);
  };

  /** Tells what the store has said. Never throws. */
  answer(header: AnswerHeader, writer: WireWriter): void {
    const call = this.#call;
    if (call === undefined) return;
    try {
      writer.begin();
      this.#write(header, writer);
    } catch (error) {
      this.refuse(error);
      return;
    }
    this.#call = undefined;
    call.answer(writer.bytes, writer.at, writer.bytes.length);
  }

  #write(header: AnswerHeader, writer: WireWriter): void {
    if (this.#range !== undefined) writeRangeAnswer(writer, header, this.#range);
    else if (this.#txn === undefined) return;
    else if (this.#kind === 'put') writePutAnswer(writer, header, this.#txn);
    else if (this.#kind === 'delete') writeDeleteAnswer(writer, header, this.#txn);
    else writeTxnAnswer(writer, header, this.#txn);
  }

  refuse(error: unknown): void {
    const call = this.#call;
    this.#call = undefined;
    call?.refuse(toEtcdError(error));
  }

  /** Keeps nothing of it. */
  reset(): void {
    this.#call = undefined;
    this.#txn = undefined;
    this.#range = undefined;
  }
}
