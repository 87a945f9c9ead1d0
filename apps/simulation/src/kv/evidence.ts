import type { KvInput, KvOutput, RecordedOperation, RunningOperation } from '@portolan/virtual-world';
import type { Renewed } from '@portolan/virtual-world';
import type { Happening } from './chronicle.ts';

type Operation = RecordedOperation<Renewed<KvInput>, KvOutput>;

/** A call, and how often what it would leave behind had been seen by then. */
export interface Traced {
  readonly number: number;
  readonly marks: ReadonlyMap<string, number>;
}

interface Expiry {
  readonly lease: string;
  readonly atMs: number;
}

/**
 * What the log shows of calls that nobody knows the outcome of: a value that only one writes, a lease that only one grants. A search for
 * an order need not guess what has been seen, nor try what never was (as etcd's robustness tests narrow by what watches saw).
 */
export class Evidence {
  readonly #seen = new Map<string, number>();
  readonly #waiting = new Map<string, { readonly traced: Traced; readonly operation: RunningOperation<KvOutput> }[]>();
  /** By the order of calls. */
  readonly #untraced = new Set<number>();
  readonly #expiries: Expiry[] = [];
  #calls = 0;

  /** Called with each call of the history, in order. */
  begin(input: KvInput): Traced {
    const number = this.#calls;
    this.#calls += 1;
    return { number, marks: new Map(marksOf(input).map((mark) => [mark, this.#countOf(mark)])) };
  }

  /** Nobody will know what became of the call, unless it shows. */
  unknown(traced: Traced, operation: RunningOperation<KvOutput>): void {
    operation.unknown();
    const { marks, number } = traced;
    if (marks.size === 0) return;
    if ([...marks].some(([mark, before]) => this.#countOf(mark) > before)) {
      operation.happened();
      return;
    }
    this.#untraced.add(number);
    for (const mark of marks.keys()) {
      this.#waiting.set(mark, [...(this.#waiting.get(mark) ?? []), { traced, operation }]);
    }
  }

  happened(happening: Happening, atMs: number): void {
    // Who lets leases expire may call it what it will.
    if (happening.kind === 'expired' || happening.kind === 'revoked') {
      this.#expiries.push({ lease: String(happening.lease), atMs });
    }
    const mark = markOf(happening);
    if (mark === undefined) return;
    this.#seen.set(mark, this.#countOf(mark) + 1);
    for (const { traced, operation } of this.#waiting.get(mark) ?? []) {
      if (this.#untraced.delete(traced.number)) operation.happened();
    }
    this.#waiting.delete(mark);
  }

  /** Without what has left no trace. Before expiries are added. */
  traced<Input, Output>(
    operations: readonly RecordedOperation<Input, Output>[],
  ): readonly RecordedOperation<Input, Output>[] {
    return operations.filter((_, number) => !this.#untraced.has(number));
  }

  /** Without expiries that were none: no lease ended then, or somebody had renewed it since. */
  narrowed(operations: readonly Operation[]): readonly Operation[] {
    return operations.filter((operation) => {
      const { input } = operation;
      if (input.kind !== 'expire') return true;
      const renewal = operations.find(({ input: other }) => 'renewal' in other && other.renewal === input.renewal);
      return this.#expiries.some(
        ({ lease, atMs }) =>
          lease === input.lease &&
          atMs >= operation.call.atMs &&
          !operations.some((other) => isRenewedBy(renewal, other, atMs)),
      );
    });
  }

  #countOf(mark: string): number {
    return this.#seen.get(mark) ?? 0;
  }
}

/** The lease was renewed again, and said so, before `atMs`. */
function isRenewedBy(renewal: Operation | undefined, later: Operation, atMs: number): boolean {
  if (renewal === undefined || later.call.sequence <= renewal.call.sequence) return false;
  const { input, outcome } = later;
  if (input.kind !== 'keep-alive' && input.kind !== 'grant') return false;
  if (!('lease' in renewal.input) || renewal.input.lease !== input.lease || outcome.kind !== 'ok') return false;
  const isConfirmed = outcome.output.kind === 'kept' || outcome.output.kind === 'granted';
  return isConfirmed && outcome.at.atMs < atMs;
}

/** Only this call leaves them. */
function marksOf(input: KvInput): readonly string[] {
  switch (input.kind) {
    case 'txn':
      return [...(input.success ?? []), ...(input.failure ?? [])].flatMap((one) =>
        one.kind === 'put' ? [`value ${one.value}`] : [],
      );
    case 'grant':
      return [`granted ${input.lease}`];
    case 'revoke':
      return [`revoked ${input.lease}`];
    case 'keep-alive':
      return [];
  }
}

function markOf(happening: Happening): string | undefined {
  if (happening.kind === 'written') return `value ${happening.value}`;
  if (happening.kind === 'granted' || happening.kind === 'revoked') return `${happening.kind} ${happening.lease}`;
  return undefined;
}
