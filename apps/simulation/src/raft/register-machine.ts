import type { CommittedCommand, StateMachine } from '@portolan/raft-driver';
import type { RegisterInput, RegisterOutput } from '@portolan/virtual-world';

export type RegisterCommand = Exclude<RegisterInput, { readonly kind: 'read' }>;

/** Told of what is applied, before it is. */
export type OnApply = (command: CommittedCommand) => void;

/** Registers that are written and compared-and-swapped: the smallest state machine that a client can tell right from wrong by. */
export class RegisterMachine implements StateMachine<RegisterOutput> {
  #registers = new Map<string, string>();
  readonly #onApply: OnApply;

  constructor(onApply: OnApply) {
    this.#onApply = onApply;
  }

  apply(command: CommittedCommand): RegisterOutput {
    this.#onApply(command);
    const { key, ...input } = decode(command.data);
    if (input.kind === 'write') {
      this.#registers.set(key, input.value);
      return { kind: 'written' };
    }
    const isSwapped = this.#registers.get(key) === input.expected;
    if (isSwapped) this.#registers.set(key, input.value);
    return { kind: 'compared', isSwapped };
  }

  read(key: string): RegisterOutput {
    return { kind: 'read', value: this.#registers.get(key) };
  }

  /** The same on members that have applied the same commands. */
  get text(): string {
    return JSON.stringify([...this.#registers].sort());
  }

  /** In slices of one register each, so that a snapshot takes a while. */
  *snapshot(): Generator<Uint8Array, void, undefined> {
    const registers = [...this.#registers];
    for (const register of registers) yield new TextEncoder().encode(`${JSON.stringify(register)}\n`);
  }

  async restore(slices: AsyncIterable<Uint8Array>): Promise<void> {
    const registers = new Map<string, string>();
    for await (const slice of slices) {
      const [key, value] = JSON.parse(new TextDecoder().decode(slice)) as readonly [string, string];
      registers.set(key, value);
    }
    this.#registers = registers;
  }
}

export const encode = (command: RegisterCommand): Uint8Array => new TextEncoder().encode(JSON.stringify(command));
const decode = (data: Uint8Array): RegisterCommand => JSON.parse(new TextDecoder().decode(data)) as RegisterCommand;
