import type { Rng } from '@portolan/kernel';
import type { Moment, RecordedOperation } from '../../history/history.ts';

export interface RandomHistoryOptions<Input, Output> {
  readonly rng: Rng;
  readonly operations: number;
  readonly clients: number;
  /** Of operations that never answer: they happen, perhaps long afterwards, or not at all. */
  readonly unknownChance: number;
  readonly input: (rng: Rng, index: number) => Input;
  /** The sequential object: called in the order in which operations take effect. */
  readonly apply: (input: Input) => Output;
}

interface Planned<Input> {
  readonly client: string;
  readonly input: Input;
  readonly call: number;
  readonly effect: number;
  readonly returned: number;
  readonly isUnknown: boolean;
}

/** What clients record that call one sequential object at once: linearizable by construction. */
export function randomHistory<Input, Output>(
  options: RandomHistoryOptions<Input, Output>,
): readonly RecordedOperation<Input, Output>[] {
  const planned = plan(options);
  const outputs = new Map<Planned<Input>, Output>();
  for (const one of planned.toSorted((a, b) => a.effect - b.effect)) {
    if (one.effect < Number.POSITIVE_INFINITY) outputs.set(one, options.apply(one.input));
  }
  const times = planned.flatMap(({ call, returned }) => [call, returned]).sort((a, b) => a - b);
  const rank = new Map(times.map((time, index) => [time, index]));
  const moment = (time: number): Moment => ({ atMs: time, sequence: rank.get(time) ?? 0 });
  return planned
    .toSorted((a, b) => a.call - b.call)
    .map((one) => {
      const { client, input, call, returned, isUnknown } = one;
      const output = outputs.get(one);
      const isKnown = !isUnknown && output !== undefined;
      return {
        client,
        input,
        call: moment(call),
        outcome: isKnown ? { kind: 'ok', output, at: moment(returned) } : { kind: 'unknown' },
      };
    });
}

function plan<Input, Output>({
  rng,
  operations,
  clients,
  unknownChance,
  input,
}: RandomHistoryOptions<Input, Output>): Planned<Input>[] {
  const freeAt = Array.from({ length: clients }, () => rng.float());
  return Array.from({ length: operations }, (_, index) => {
    const client = index % clients;
    const call = (freeAt[client] ?? 0) + rng.float();
    const took = rng.float() * (rng.below(10) === 0 ? 20 : 3);
    const isUnknown = rng.float() < unknownChance;
    freeAt[client] = call + took;
    const late = call + rng.float() * (rng.below(2) === 0 ? took : 50);
    const effect = isUnknown ? (rng.below(3) === 0 ? Number.POSITIVE_INFINITY : late) : call + rng.float() * took;
    return { client: `c${client}`, input: input(rng, index), call, effect, returned: call + took, isUnknown };
  });
}
