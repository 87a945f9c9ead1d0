import type { CommittedCommand, StateMachine } from '../state-machine.ts';

/** Adds what commands say, and remembers how many there were: the smallest machine that shows a lost or doubled command. */
export class Counter implements StateMachine<number> {
  sum = 0;
  commands = 0;

  apply({ data }: CommittedCommand): number {
    this.sum += data[0] ?? 0;
    this.commands += 1;
    return this.sum;
  }

  *snapshot(): Generator<Uint8Array, void, undefined> {
    yield new TextEncoder().encode(JSON.stringify([this.sum, this.commands]));
  }

  async restore(slices: AsyncIterable<Uint8Array>): Promise<void> {
    const text = new TextDecoder();
    let json = '';
    for await (const slice of slices) json += text.decode(slice, { stream: true });
    const [sum, commands] = JSON.parse(json) as readonly [number, number];
    this.sum = sum;
    this.commands = commands;
  }
}
