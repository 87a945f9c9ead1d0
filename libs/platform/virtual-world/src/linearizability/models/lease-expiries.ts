import type { Moment, RecordedOperation } from '../../history/history.ts';

/** A grant or keep-alive, and what may follow it: told apart by `renewal`, its number in the history. */
export type Renewed<Input> =
  | (Input & { readonly renewal?: number })
  | { readonly kind: 'expire'; readonly lease: string; readonly renewal: number };

/** What of an input concerns leases: these two kinds are looked at, all others left alone. */
interface RenewingInput {
  readonly kind: 'grant' | 'keep-alive';
  readonly lease: string;
  readonly ttlMs: number;
}

/**
 * Adds to a history what nobody calls: after each grant and keep-alive, an expiry that may happen at any time once the time
 * to live is over, counted from the call, or never; the model lets it happen only when no later keep-alive has.
 * @param fastestRate of the clocks of those who judge leases, against the world's: 1.01 when they may be a per cent fast
 */
export function withExpiries<Input extends { readonly kind: string }, Output>(
  operations: readonly RecordedOperation<Input, Output>[],
  fastestRate = 1,
): readonly RecordedOperation<Renewed<Input>, Output>[] {
  const moments = momentsOf(operations);
  const renewed: RecordedOperation<Renewed<Input>, Output>[] = [];
  for (const [renewal, operation] of operations.entries()) {
    const { input, call } = operation;
    if (!isRenewing(input)) {
      renewed.push(operation);
      continue;
    }
    renewed.push({ ...operation, input: { ...input, renewal } });
    const earliest = before(moments, call.atMs + input.ttlMs / fastestRate);
    if (earliest === undefined) continue;
    const expire = { kind: 'expire' as const, lease: input.lease, renewal };
    renewed.push({ client: 'time', input: expire, call: earliest, outcome: { kind: 'unknown' } });
  }
  return renewed;
}

function isRenewing<Input extends { readonly kind: string }>(input: Input): input is Input & RenewingInput {
  return (input.kind === 'grant' || input.kind === 'keep-alive') && 'ttlMs' in input && 'lease' in input;
}

function momentsOf(operations: readonly RecordedOperation<unknown, unknown>[]): Moment[] {
  return operations
    .flatMap(({ call, outcome }) => ('at' in outcome ? [call, outcome.at] : [call]))
    .sort((one, other) => one.sequence - other.sequence);
}

/** Just before whatever was first seen at that time or later; `undefined` when nothing was: it makes no difference then. */
function before(moments: readonly Moment[], atMs: number): Moment | undefined {
  const next = moments.find((moment) => moment.atMs >= atMs);
  return next && { atMs, sequence: next.sequence - 0.5 };
}
