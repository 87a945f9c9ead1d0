import type { RangeResponse } from '@portolan/contracts/etcd/kv';
import {
  actionsOfTxn,
  answerRange,
  createTree,
  holds,
  MalformedAnswerError,
  scan,
  type KeyRange,
  type Keyspace,
  type KeyValue,
  type NestedTxn,
  type Operation,
  type OperationResult,
  type PutOperation,
  type Revision,
  type Tree,
  type TxnAnswer,
} from '@portolan/kv';
import type { EtcdCluster } from '../etcd-cluster.ts';
import { decodeKeyValue } from '../mapping/key-value.ts';
import { decodeRange, encodeRange, plainRange } from '../mapping/range.ts';

type Trees = Readonly<Record<Keyspace, Tree>>;

interface Replay {
  readonly cluster: EtcdCluster;
  readonly signal: AbortSignal | undefined;
  /** The revision that the transaction made. */
  readonly made: Revision;
  /** The keys it is about, as they were before it: where etcd looks at all compares, nested ones too. */
  readonly before: Trees;
  /** The same as its operations leave them. */
  readonly now: Trees;
}

/**
 * What a transaction was answered that made a revision: etcd keeps no answers, but it keeps what they were made of.
 * @throws RpcError that etcd has forgotten what was before
 */
export async function replay(
  cluster: EtcdCluster,
  txn: NestedTxn,
  made: Revision,
  signal: AbortSignal | undefined,
): Promise<TxnAnswer> {
  const before: Trees = { user: createTree(), catalog: createTree(), system: createTree() };
  for (const { keyspace, keys } of rangesOf(txn)) {
    const response = await readAt(cluster, keyspace, keys, made - 1, signal);
    for (const one of response.kvs) {
      const keyValue = decodeKeyValue(cluster.mapping, keyspace, one);
      before[keyspace].set(keyValue.key, keyValue);
    }
  }
  const now = { user: before.user.clone(), catalog: before.catalog.clone(), system: before.system.clone() };
  return replayTxn({ cluster, signal, made, before, now }, txn);
}

async function readAt(
  cluster: EtcdCluster,
  keyspace: Keyspace,
  keys: KeyRange,
  at: number,
  signal: AbortSignal | undefined,
): Promise<RangeResponse> {
  const request = { ...plainRange(cluster.mapping.range(keyspace, keys)), revision: BigInt(at) };
  return (await cluster.range(request, signal)).response;
}

function* rangesOf(txn: NestedTxn): Generator<{ readonly keyspace: Keyspace; readonly keys: KeyRange }> {
  for (const action of actionsOfTxn(txn)) {
    if (action.kind === 'read' || action.kind === 'write') yield action;
  }
}

async function replayTxn(replay: Replay, txn: NestedTxn): Promise<TxnAnswer> {
  const succeeded = (txn.compares ?? []).every((compare) => holds(replay.before[compare.keyspace], compare));
  const results: OperationResult[] = [];
  for (const operation of (succeeded ? txn.success : txn.failure) ?? []) {
    results.push(await replayOperation(replay, operation));
  }
  return { succeeded, results };
}

async function replayOperation(replay: Replay, operation: Operation): Promise<OperationResult> {
  const { cluster, signal, now } = replay;
  switch (operation.kind) {
    case 'range': {
      if (operation.revision === undefined)
        return { kind: 'range', ...answerRange(now[operation.keyspace], operation) };
      const { response } = await cluster.range(encodeRange(cluster.mapping, operation), signal);
      return { kind: 'range', ...decodeRange(cluster.mapping, operation, response) };
    }
    case 'put':
      return replayPut(replay, operation);
    case 'delete': {
      const tree = now[operation.keyspace];
      const found: KeyValue[] = [];
      scan(tree, operation.keys, (keyValue) => found.push(keyValue) > 0);
      for (const { key } of found) tree.delete(key);
      return { kind: 'delete', deleted: found.length, previous: operation.previous === true ? found : [] };
    }
    case 'txn':
      return { kind: 'txn', ...(await replayTxn(replay, operation)) };
  }
}

function replayPut({ now, made }: Replay, operation: PutOperation): OperationResult {
  const { keyspace, key, value, lease, previous = false } = operation;
  const before = now[keyspace].get(key);
  const kept = value === 'keep' ? before?.value : value;
  if (kept === undefined) throw new MalformedAnswerError('a mark of a transaction that cannot have been done');
  now[keyspace].set(key, {
    key,
    value: kept,
    createRevision: before?.createRevision ?? made,
    modRevision: made,
    version: (before?.version ?? 0) + 1,
    lease: lease === 'keep' ? before?.lease : lease,
  });
  return { kind: 'put', previous: previous ? before : undefined };
}
