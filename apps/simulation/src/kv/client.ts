import type { EmbeddedStore } from '@portolan/kv';
import type { MemberId } from '@portolan/raft';
import type { KvInput, KvKeys, KvOutput, KvTxn, VirtualHost } from '@portolan/virtual-world';
import type { Caller, Outcome } from './client-network.ts';
import { Violation } from '../violation.ts';
import { leaseOf, outputOfRange, outputOfRefusal, outputOfTxn, rangeOf, txnOf, USER } from './operations.ts';
import type { Scene } from './scene.ts';

/** Longer than a member lets anybody wait: who has not answered by then is not listened to any more. */
const PATIENCE_MS = 3_000;

/** `unknown`: it may have happened, or will. `failed`: it never does. */
export type Answer = KvOutput | 'unknown' | 'failed';

export interface RunningCall {
  /** Once. */
  readonly ended: (answer: Answer) => void;
}

export const ALARM_HOLDS = 'An alarm keeps writes out';

type LeaseInput = Exclude<KvInput, KvTxn>;

/** A client on a host of its own: one call at a time, each in the history. */
export class Client {
  readonly scene: Scene;
  readonly host: VirtualHost;
  readonly caller: Caller;
  readonly #name: string;
  #life = 1;

  constructor(scene: Scene, name: string) {
    this.scene = scene;
    this.#name = name;
    this.host = scene.world.addHost(name);
    this.caller = scene.network.join(this.host.life);
  }

  /** A question that is not in the history. */
  ask<Value>(to: MemberId, text: string, question: (store: EmbeddedStore) => Promise<Value>): Promise<Outcome<Value>> {
    return this.caller.ask(to, text, question, PATIENCE_MS);
  }

  read(to: MemberId, keys: KvKeys): Promise<Answer> {
    const input: KvTxn = { kind: 'txn', success: [{ kind: 'range', ...keys }] };
    return this.#call(to, input, async (store) => outputOfRange(await store.range({ ...USER, keys: rangeOf(keys) })));
  }

  async write(to: MemberId, input: KvTxn): Promise<Answer> {
    const { principal } = USER;
    const { alarms, check } = this.scene;
    const { certain } = alarms;
    const answer = await this.#call(to, input, async (store) =>
      outputOfTxn(await store.txn({ principal, ...txnOf(input) })),
    );
    if (certain === undefined || certain !== alarms.certain || typeof answer === 'string') return answer;
    const isKeptOut = certain.kind === 'corrupt' ? hasWritten(answer) : hasPut(answer);
    check(() => {
      if (isKeptOut)
        throw new Violation(ALARM_HOLDS, `${certain.kind} is raised, and ${textOfInput(input)} went through`);
    });
    return answer;
  }

  /** What it answers is also what it promises: the ledger holds the store to it. */
  async lease(to: MemberId, input: LeaseInput): Promise<Answer> {
    const { ledger, world } = this.scene;
    const calledAtMs = world.clock.now();
    if (input.kind === 'revoke') ledger.revoking(input.lease);
    const answer = await this.#call(to, input, (store) => askLease(store, input));
    const isConfirmed = typeof answer !== 'string' && (answer.kind === 'granted' || answer.kind === 'kept');
    if (isConfirmed && input.kind !== 'revoke') {
      const confirmation = { calledAtMs, answeredAtMs: world.clock.now(), ttlMs: input.ttlMs };
      this.scene.check(() => {
        ledger.confirmed(input.lease, confirmation);
      });
    }
    return answer;
  }

  /** A call that is in the history from here on, for who tries it until it is answered. */
  begin(input: KvInput): RunningCall {
    const { evidence, film, history, world } = this.scene;
    const client = `${this.#name}.${this.#life}`;
    film?.add({ atMs: world.clock.now(), kind: 'call', client, input });
    const traced = evidence.begin(input);
    const operation = history.begin(client, input);
    return {
      ended: (answer) => {
        film?.add({ atMs: world.clock.now(), kind: 'answer', client, answer });
        if (answer === 'failed') operation.fail();
        else if (answer === 'unknown') {
          evidence.unknown(traced, operation);
          // A client that doesn't know what became of its call is another from then on (as Jepsen's processes).
          this.#life += 1;
        } else {
          operation.ok(answer);
          this.#note(answer);
        }
      },
    };
  }

  async #call(to: MemberId, input: KvInput, question: (store: EmbeddedStore) => Promise<KvOutput>): Promise<Answer> {
    const call = this.begin(input);
    const answer = answerOf(await this.ask(to, textOfInput(input), question));
    call.ended(answer);
    return answer;
  }

  #note(answer: KvOutput): void {
    if (answer.kind !== 'txn') return;
    for (const result of answer.results) {
      if (result.kind !== 'range') continue;
      for (const keyValue of result.keyValues) this.scene.seen.set(keyValue.key, keyValue);
    }
  }
}

/** What is certain only because the store says so is called certain: the history is the witness. */
function answerOf(outcome: Outcome<KvOutput>): Answer {
  if (outcome.kind === 'answered') return outcome.value;
  return outcome.kind === 'silent' ? 'unknown' : (outputOfRefusal(outcome.error) ?? 'failed');
}

function hasPut(answer: KvOutput): boolean {
  return answer.kind === 'txn' && answer.results.some(({ kind }) => kind === 'put');
}

function hasWritten(answer: KvOutput): boolean {
  return (
    hasPut(answer) || (answer.kind === 'txn' && answer.results.some((one) => one.kind === 'delete' && one.deleted > 0))
  );
}

async function askLease(store: EmbeddedStore, input: LeaseInput): Promise<KvOutput> {
  const { principal } = USER;
  const id = leaseOf(input.lease);
  switch (input.kind) {
    case 'grant':
      await store.grantLease({ principal, id, ttlSeconds: input.ttlMs / 1_000 });
      return { kind: 'granted' };
    case 'keep-alive':
      await store.keepAlive({ principal, id });
      return { kind: 'kept' };
    case 'revoke':
      await store.revokeLease({ principal, id });
      return { kind: 'revoked' };
  }
}

function textOfInput(input: KvInput): string {
  return input.kind === 'txn' ? 'txn' : `${input.kind} ${input.lease}`;
}
