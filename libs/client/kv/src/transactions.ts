import type { Client } from '@portolan/rpc';
import { RpcError } from '@portolan/rpc';
import type { KvServiceService } from '@portolan/contracts/kv';
import { abortable, type ErrorKind, type Principal, type Rng } from '@portolan/kernel';
import {
  createSessionId,
  OutcomeUnknownError,
  SequenceExpiredError,
  SessionExpiredError,
  StoreClosedError,
  type TxnRequest,
  type TxnResult,
} from '@portolan/kv';
import { decodeTxnResult, encodeTxnRequest } from '@portolan/kv/wire';
import { mayHaveReached, type Attempts } from './attempts.ts';
import { TxnSession } from './txn-session.ts';

/** Failures that say nothing about whether the store applied what it was sent. */
const SILENT: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['unavailable', 'deadline', 'cancelled', 'internal']);

/** Sends each transaction until its answer is known, under a session and sequence that make a repetition harmless. */
export class Transactions {
  readonly #client: Client<typeof KvServiceService>;
  readonly #attempts: Attempts;
  readonly #rng: Rng;
  #session: Promise<TxnSession> | undefined;

  constructor(client: Client<typeof KvServiceService>, attempts: Attempts, rng: Rng) {
    this.#client = client;
    this.#attempts = attempts;
    this.#rng = rng;
  }

  /** @throws OutcomeUnknownError when the time is over, and some attempt may have been applied */
  async run(request: TxnRequest, signal: AbortSignal | undefined): Promise<TxnResult> {
    if (request.idempotency !== undefined) return this.#send(request, signal);
    try {
      return await this.#runOnce(request, signal);
    } catch (error) {
      // The store forgot the session, or lost its place in it, but not because of this transaction: it was not applied.
      if (!isForgotten(error)) throw error;
      return this.#runOnce(request, signal);
    }
  }

  async #runOnce(request: TxnRequest, signal: AbortSignal | undefined): Promise<TxnResult> {
    const opening = (this.#session ??= this.#open(request.principal));
    const session = await (signal === undefined ? opening : abortable(opening, signal));
    const sequence = await session.take(signal);
    try {
      return await this.#send({ ...request, idempotency: { session: session.id, sequence } }, signal);
    } catch (error) {
      if (isExpiry(error) && this.#session === opening) this.#session = undefined;
      throw error;
    } finally {
      session.release(sequence);
    }
  }

  async #send(request: TxnRequest, signal: AbortSignal | undefined): Promise<TxnResult> {
    const message = encodeTxnRequest(request);
    const sent = { silently: false };
    try {
      return await this.#attempts.run('always', signal, async (attempt) => {
        try {
          const options = { ...attempt, principal: request.principal, idempotent: true };
          return decodeTxnResult(await this.#client.txn(message, options));
        } catch (error) {
          if (isSilent(error)) sent.silently = true;
          throw error;
        }
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (sent.silently && (isSilent(error) || isUnsent(error) || isExpiry(error)))
        throw new OutcomeUnknownError(error);
      throw error;
    }
  }

  /** Sequence 1 is empty: repeating it after the store has forgotten the session does nothing. */
  async #open(principal: Principal): Promise<TxnSession> {
    const id = createSessionId(this.#rng);
    try {
      await this.#send({ principal, idempotency: { session: id, sequence: 1 } }, undefined);
      return new TxnSession(id);
    } catch (error) {
      this.#session = undefined;
      throw error instanceof OutcomeUnknownError ? error.cause : error;
    }
  }
}

function isExpiry(error: unknown): boolean {
  return isForgotten(error) || (error instanceof OutcomeUnknownError && isExpiry(error.cause));
}

/** Also of a sequence: more than a window of transactions did not come to the store, and it takes none of the session any more. */
function isForgotten(error: unknown): boolean {
  return error instanceof SessionExpiredError || error instanceof SequenceExpiredError;
}

function isUnsent(error: unknown): boolean {
  return error instanceof StoreClosedError || !mayHaveReached(error);
}

function isSilent(error: unknown): boolean {
  return error instanceof RpcError && error.reachedServer && !error.code.startsWith('KV_') && SILENT.has(error.kind);
}
