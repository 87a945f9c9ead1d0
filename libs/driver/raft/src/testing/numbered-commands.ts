import { assert } from '@portolan/kernel';
import type { CommittedCommand, StateMachine } from '../state-machine.ts';

/** Sizes vary, so that batches end everywhere in a sector. */
export function numberedCommand(number: number): Uint8Array {
  const data = Buffer.alloc(4 + ((number * 37) % 900), number % 256);
  data.writeUInt32LE(number);
  return data;
}

/** Remembers the number of every command, and refuses to see one twice. */
export class NumberedCommands implements StateMachine<number> {
  #applied = new Set<number>();

  get applied(): ReadonlySet<number> {
    return this.#applied;
  }

  apply({ index, data }: CommittedCommand): number {
    const number = Buffer.from(data).readUInt32LE();
    assert(Buffer.compare(data, numberedCommand(number)) === 0, `command ${number} is not what was proposed`);
    assert(!this.#applied.has(number), `command ${number} is applied a second time, at ${index}`);
    this.#applied.add(number);
    return number;
  }

  snapshot(): readonly Uint8Array[] {
    return [Buffer.from(formatNumbers(this.#applied))];
  }

  async restore(slices: AsyncIterable<Uint8Array>): Promise<void> {
    const text = Buffer.concat(await Array.fromAsync(slices)).toString();
    this.#applied = new Set(parseNumbers(text));
  }
}

/** `1-500 502`: the numbers in order. */
export function formatNumbers(numbers: Iterable<number>): string {
  const ranges: { readonly first: number; last: number }[] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range?.last === number - 1) range.last = number;
    else ranges.push({ first: number, last: number });
  }
  return ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(' ');
}

export function parseNumbers(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(' ').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
