/** Keys from `from` to before `to`, by code unit; without `to`, the one key `from`. */
export interface KvKeys {
  readonly from: string;
  readonly to?: string;
}

/** Of an absent key every number is 0, its lease `undefined`, and a comparison of its value is false. */
export type KvCompare = { readonly key: string; readonly relation: 'equal' | 'not-equal' | 'less' | 'greater' } & (
  | { readonly target: 'create' | 'mod' | 'version'; readonly value: number }
  | { readonly target: 'value'; readonly value: string }
  | { readonly target: 'lease'; readonly value: string | undefined }
);

export type KvOperation =
  | { readonly kind: 'put'; readonly key: string; readonly value: string; readonly lease?: string }
  | ({ readonly kind: 'delete' } & KvKeys)
  | ({ readonly kind: 'range' } & KvKeys);

/** When every compare holds, `success` in order, otherwise `failure`: atomic, and one revision, or none when nothing changes. */
export interface KvTxn {
  readonly kind: 'txn';
  readonly compares?: readonly KvCompare[];
  readonly success?: readonly KvOperation[];
  readonly failure?: readonly KvOperation[];
}

export type KvInput =
  | KvTxn
  | { readonly kind: 'grant' | 'keep-alive'; readonly lease: string; readonly ttlMs: number }
  | { readonly kind: 'revoke'; readonly lease: string };

export interface KvKeyValue {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease?: string;
}

/** One for each operation of the branch that ran. */
export type KvResult =
  | { readonly kind: 'put' }
  | { readonly kind: 'delete'; readonly deleted: number }
  | { readonly kind: 'range'; readonly keyValues: readonly KvKeyValue[] };

/** `revision`: of a write the one it made, of a read the store's. */
export type KvOutput =
  | {
      readonly kind: 'txn';
      readonly revision: number;
      readonly succeeded: boolean;
      readonly results: readonly KvResult[];
    }
  | { readonly kind: 'granted' | 'kept' | 'revoked' }
  /** Refused: there is no such lease, or, of a grant, there is one. */
  | { readonly kind: 'no-lease' | 'lease-exists' };

export function describeKvInput(input: KvInput): string {
  if (input.kind !== 'txn') return `${input.kind} ${input.lease}${'ttlMs' in input ? ` ${input.ttlMs} ms` : ''}`;
  const { compares = [], success = [], failure = [] } = input;
  const list = (operations: readonly KvOperation[]): string => operations.map(describeOperation).join(', ');
  if (compares.length === 0) return list(success);
  const condition = compares
    .map((one) => `${one.target}(${one.key}) ${one.relation} ${one.value ?? 'none'}`)
    .join(' and ');
  return `if ${condition} then ${list(success)}${failure.length > 0 ? ` else ${list(failure)}` : ''}`;
}

export function describeKvOutput(output: KvOutput): string {
  if (output.kind !== 'txn') return output.kind;
  return [`at ${output.revision}`, output.succeeded ? 'then' : 'else', ...output.results.map(describeResult)].join(' ');
}

function describeOperation(operation: KvOperation): string {
  if (operation.kind !== 'put') return `${operation.kind} ${operation.from}${operation.to ? `..${operation.to}` : ''}`;
  return `put ${operation.key} ${operation.value}${operation.lease === undefined ? '' : ` with ${operation.lease}`}`;
}

function describeResult(result: KvResult): string {
  if (result.kind === 'put') return 'put';
  if (result.kind === 'delete') return `deleted ${result.deleted}`;
  return `{${result.keyValues.map(({ key, value, modRevision }) => `${key}=${value}@${modRevision}`).join(' ')}}`;
}
