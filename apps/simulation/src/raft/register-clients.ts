import type { Clock, Rng } from '@portolan/kernel';
import { NoLeaderError, OverloadedError } from '@portolan/raft';
import { MemberStoppedError, ProposalUnknownError, ReadTimeoutError } from '@portolan/raft-driver';
import type { Running, VirtualCluster } from '@portolan/raft-driver/testing';
import type { History, RegisterInput, RegisterOutput, RunningOperation } from '@portolan/virtual-world';
import { encode, type RegisterMachine } from './register-machine.ts';

export type RegisterCluster = VirtualCluster<RegisterOutput, RegisterMachine>;
type Member = Running<RegisterOutput, RegisterMachine>;

const KEYS = ['a', 'b', 'c'] as const;
const CLIENTS = 5;
/** Longer than a member lets anybody wait: what has not answered by then is dead. */
const PATIENCE_MS = 4_000;
const THINKING_MS_MAX = 250;

export interface RegisterClientsOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly cluster: RegisterCluster;
  readonly history: History<RegisterInput, RegisterOutput>;
  /** Told how each call ended. */
  readonly onEnd: (input: RegisterInput, outcome: 'ok' | 'failed' | 'unknown') => void;
}

/** Clients that read, write and compare-and-swap a few registers, each one call at a time, at whatever member runs. */
export class RegisterClients {
  readonly #options: RegisterClientsOptions;
  #isStopped = false;
  #calls = 0;
  #lastValues = new Map<string, string>();

  constructor(options: RegisterClientsOptions) {
    this.#options = options;
    for (let client = 1; client <= CLIENTS; client += 1) void this.#run(client);
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #run(client: number): Promise<void> {
    const { rng } = this.#options;
    // A client that doesn't know what became of its call is another from then on (as Jepsen's processes).
    for (let life = 1; !this.#isStopped;) {
      await this.#sleep(1 + rng.below(THINKING_MS_MAX));
      const member = this.#choose();
      if (member === undefined) continue;
      const outcome = await this.#call(`c${client}.${life}`, member, this.#draw());
      if (outcome === 'unknown') life += 1;
    }
  }

  #choose(): Member | undefined {
    const running = [...this.#options.cluster.running.values()];
    return running[this.#options.rng.below(Math.max(1, running.length))];
  }

  #draw(): RegisterInput {
    const { rng } = this.#options;
    const key = KEYS[rng.below(KEYS.length)] ?? KEYS[0];
    const kind = rng.below(10);
    this.#calls += 1;
    const value = String(this.#calls);
    if (kind < 4) return { kind: 'read', key };
    if (kind < 7) return { kind: 'write', key, value };
    return { kind: 'compare-and-swap', key, expected: this.#lastValues.get(key), value };
  }

  /** @returns once the call has ended, or nobody waits for it any more */
  async #call(name: string, member: Member, input: RegisterInput): Promise<'ok' | 'failed' | 'unknown'> {
    const operation = this.#options.history.begin(name, input);
    const outcome = await new Promise<'ok' | 'failed' | 'unknown'>((resolve) => {
      let isOver = false;
      const ended = (end: 'ok' | 'failed' | 'unknown', act: () => void): void => {
        if (isOver) return;
        isOver = true;
        act();
        resolve(end);
      };
      this.#options.clock.after(PATIENCE_MS, () => {
        ended('unknown', () => {
          operation.unknown();
        });
      });
      // In the life of the member: it does nothing for anybody while it is paused, and nothing more once it has ended.
      member.life.run(() => {
        ask(member, input).then(
          (output) => {
            ended('ok', () => {
              this.#note(input, output);
              operation.ok(output);
            });
          },
          (error: unknown) => {
            const end = outcomeOf(error);
            ended(end, () => {
              tell(operation, end);
            });
          },
        );
      });
    });
    this.#options.onEnd(input, outcome);
    return outcome;
  }

  /** What a compare-and-swap may expect, so that some succeed. */
  #note(input: RegisterInput, output: RegisterOutput): void {
    if (output.kind === 'read' && output.value !== undefined) this.#lastValues.set(input.key, output.value);
    if (input.kind === 'write') this.#lastValues.set(input.key, input.value);
    if (input.kind === 'compare-and-swap' && output.kind === 'compared' && output.isSwapped) {
      this.#lastValues.set(input.key, input.value);
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.after(ms, resolve);
    });
  }
}

async function ask({ member, machine }: Member, input: RegisterInput): Promise<RegisterOutput> {
  if (input.kind !== 'read') return member.propose(encode(input));
  await member.readBarrier();
  return machine.read(input.key);
}

/** What is certain only because the driver says so is called certain: the history is the witness. */
function outcomeOf(error: unknown): 'failed' | 'unknown' {
  if (error instanceof ProposalUnknownError) return 'unknown';
  const isCertain =
    error instanceof NoLeaderError ||
    error instanceof OverloadedError ||
    error instanceof ReadTimeoutError ||
    error instanceof MemberStoppedError;
  if (isCertain) return 'failed';
  throw error;
}

function tell(operation: RunningOperation<RegisterOutput>, outcome: 'failed' | 'unknown'): void {
  if (outcome === 'failed') operation.fail();
  else operation.unknown();
}
