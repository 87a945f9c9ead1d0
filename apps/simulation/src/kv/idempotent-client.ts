import {
  CorruptStoreError,
  QuotaExceededError,
  SEQUENCE_WINDOW,
  sessionId,
  SequenceExpiredError,
  SessionExpiredError,
  type Idempotency,
} from '@portolan/kv';
import { PortolanError } from '@portolan/kernel';
import type { KvOutput, KvTxn } from '@portolan/virtual-world';
import { Violation } from '../violation.ts';
import { Client } from './client.ts';
import { outputOfRefusal, outputOfTxn, txnOf, USER } from './operations.ts';
import { drawTxn } from './plain-client.ts';
import { anyMember, sleep, type Scene } from './scene.ts';

const THINKING_MS_MAX = 500;
const RETRY_MS_MAX = 300;
/** Of old ones that are asked for again: well within the window of a session. */
const AGAIN_MAX = SEQUENCE_WINDOW / 2;

export const EXACTLY_ONCE = 'A retry is answered with the first result, and changes nothing';

/** What was answered, and how, by sequence. */
export type KeptAnswers = ReadonlyMap<number, { readonly input: KvTxn; readonly text: string }>;

/** A session that goes on, up to `newest`. */
export interface EarlierSession {
  readonly newest: number;
  readonly answers: KeptAnswers;
}

/** Writes in a session: each transaction is tried at one member after another until it is answered, and now and then once more. */
export class IdempotentClient {
  readonly #client: Client;
  readonly #scene: Scene;
  readonly session: bigint;
  readonly #answers: Map<number, { readonly input: KvTxn; readonly text: string }>;
  readonly #earlier: number;

  /** @param earlier when another client began the session */
  constructor(
    scene: Scene,
    name: string,
    session: bigint,
    earlier: EarlierSession = { newest: 0, answers: new Map() },
  ) {
    this.#scene = scene;
    this.session = session;
    this.#earlier = earlier.newest;
    this.#answers = new Map([...earlier.answers].filter(([sequence]) => sequence <= earlier.newest));
    this.#client = new Client(scene, name);
    void this.#run();
  }

  get answers(): KeptAnswers {
    return this.#answers;
  }

  async #run(): Promise<void> {
    const { rng, isStopped } = this.#scene;
    for (let sequence = this.#earlier + 1; !isStopped(); sequence += 1) {
      await sleep(this.#scene, 1 + rng.below(THINKING_MS_MAX));
      await this.#write(sequence, drawTxn(this.#scene));
      if (rng.below(3) === 0) await this.#again(sequence - rng.below(Math.min(sequence, AGAIN_MAX)));
    }
  }

  /** Until it is answered, or nobody works any more. */
  async #write(sequence: number, input: KvTxn): Promise<void> {
    const { isStopped, rng } = this.#scene;
    const call = this.#client.begin(input);
    for (let attempt = 1; !isStopped(); attempt += 1) {
      const answer = await this.#attempt(sequence, input);
      if (answer !== undefined) {
        call.ended(answer instanceof PortolanError ? 'failed' : answer);
        this.#answers.set(sequence, { input, text: textOf(answer) });
        return;
      }
      this.#scene.coverage.count('writes tried again');
      await sleep(this.#scene, rng.below(RETRY_MS_MAX));
    }
    call.ended('unknown');
  }

  /** Long answered, and asked again. */
  async #again(sequence: number): Promise<void> {
    const first = this.#answers.get(sequence);
    const answer = first && (await this.#attempt(sequence, first.input));
    if (first === undefined || answer === undefined) return;
    const text = textOf(answer);
    if (sequence <= this.#earlier) this.#scene.coverage.count('retries of before a restore');
    this.#scene.check(() => {
      if (text === first.text) return;
      throw new Violation(
        EXACTLY_ONCE,
        `transaction ${sequence} of session ${this.session} was answered\n  ${first.text}\nand now\n  ${text}`,
      );
    });
  }

  /** @returns undefined: it is to be tried again */
  async #attempt(sequence: number, input: KvTxn): Promise<KvOutput | PortolanError | undefined> {
    const member = anyMember(this.#scene);
    if (member === undefined) return undefined;
    const { principal } = USER;
    const idempotency: Idempotency = { session: sessionId(this.session), sequence };
    const outcome = await this.#client.ask(member, `txn ${this.session}/${sequence}`, (store) =>
      store.txn({ principal, ...txnOf(input), idempotency }),
    );
    if (outcome.kind === 'answered') return outputOfTxn(outcome.value);
    if (outcome.kind === 'silent') return undefined;
    const { error } = outcome;
    this.#scene.check(() => {
      if (!(error instanceof SessionExpiredError || error instanceof SequenceExpiredError)) return;
      throw new Violation(EXACTLY_ONCE, `${error.message}, though it has all been within the window`);
    });
    // The log has refused it, and does so for ever.
    if (error instanceof CorruptStoreError || error instanceof QuotaExceededError) return error;
    const said = outputOfRefusal(error);
    return said === 'unknown' ? undefined : said;
  }
}

const textOf = (answer: KvOutput | PortolanError): string =>
  answer instanceof PortolanError ? answer.code : JSON.stringify(answer);
