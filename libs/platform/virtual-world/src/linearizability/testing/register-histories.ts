import { createSeededRng, type Rng } from '@portolan/kernel';
import type { RegisterInput, RegisterOutput } from '../models/register-model.ts';
import { randomHistory } from './random-history.ts';
import { key, type Operation } from './register-operations.ts';

/** Answers at random from few values, so that both verdicts are common. */
export function guesses(rng: Rng, count: number): Operation[] {
  const value = (): string => `${rng.below(2)}`;
  const columns = Array.from({ length: 2 * count }, (_, index) => index);
  const take = (): number => columns.splice(rng.below(columns.length), 1)[0] ?? 0;
  return Array.from({ length: count }, () => {
    const [one, other] = [take(), take()];
    const moment = (sequence: number) => ({ atMs: sequence, sequence });
    const [call, at] = [moment(Math.min(one, other)), moment(Math.max(one, other))];
    const inputs = [
      [
        { kind: 'read', key },
        { kind: 'read', value: rng.below(5) === 0 ? undefined : value() },
      ],
      [{ kind: 'write', key, value: value() }, { kind: 'written' }],
      [
        { kind: 'compare-and-swap', key, expected: value(), value: value() },
        { kind: 'compared', isSwapped: rng.below(2) === 0 },
      ],
    ] as const satisfies (readonly [RegisterInput, RegisterOutput])[];
    const [input, output] = inputs[rng.below(3)] ?? inputs[0];
    const fate = rng.below(10);
    const outcome: Operation['outcome'] =
      fate === 0
        ? { kind: 'failed' }
        : fate <= 2
          ? { kind: 'unknown' }
          : fate === 3
            ? { kind: 'happened', at }
            : { kind: 'ok', output, at };
    return { client: `c${one}`, input, call, outcome };
  }).sort((one, other) => one.call.sequence - other.call.sequence);
}

/** Every write its own value, so that what a read has seen says who wrote it. */
export function registerHistory(seed: number, operations: number, unknownChance: number): readonly Operation[] {
  let value: string | undefined;
  return randomHistory<RegisterInput, RegisterOutput>({
    rng: createSeededRng(seed),
    operations,
    clients: 5,
    unknownChance,
    input: (rng, index) =>
      rng.below(2) === 0
        ? { kind: 'read', key }
        : rng.below(3) > 0
          ? { kind: 'write', key, value: `${index}` }
          : { kind: 'compare-and-swap', key, expected: `${index - rng.below(8)}`, value: `${index}` },
    apply: (input) => {
      if (input.kind === 'read') return { kind: 'read', value };
      const isSwapped = input.kind === 'write' || value === input.expected;
      if (isSwapped) value = input.value;
      return input.kind === 'write' ? { kind: 'written' } : { kind: 'compared', isSwapped };
    },
  });
}

/** For each read after two writes, one completed before the other began: the same history with the read of the first. */
export function staleReads(operations: readonly Operation[]): Operation[][] {
  const returnOf = ({ outcome }: Operation): number => ('at' in outcome ? outcome.at.sequence : Infinity);
  const writes = operations.filter(({ input }) => input.kind === 'write');
  return operations.flatMap((one, index) => {
    if (one.input.kind !== 'read' || one.outcome.kind !== 'ok') return [];
    const newer = writes.filter((write) => returnOf(write) < one.call.sequence).at(-1);
    const older = writes.filter((write) => newer && returnOf(write) < newer.call.sequence).at(-1);
    if (older?.input.kind !== 'write') return [];
    const outcome = { ...one.outcome, output: { kind: 'read', value: older.input.value } } as const;
    return [operations.with(index, { ...one, outcome })];
  });
}
