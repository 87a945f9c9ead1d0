import type {
  KvCompare,
  KvInput,
  KvKeys,
  KvKeyValue,
  KvOperation,
  KvOutput,
  KvResult,
} from '../models/kv-operations.ts';

/** The store that `kvModel` describes, written without it: one thing after the other, and the time comes from outside. */
export class SequentialStore {
  #revision = 1;
  #keys: readonly KvKeyValue[] = [];
  readonly #leases = new Map<string, { ttlMs: number; expiresAt: number }>();

  /** Somebody else has written. */
  skip(revisions: number): void {
    this.#revision += revisions;
  }

  /** What has expired by then is gone. */
  expire(nowMs: number): void {
    for (const [lease, { expiresAt }] of [...this.#leases]) if (expiresAt <= nowMs) this.#end(lease);
  }

  apply(input: KvInput, nowMs = 0): KvOutput {
    switch (input.kind) {
      case 'grant':
        if (this.#leases.has(input.lease)) return { kind: 'lease-exists' };
        this.#leases.set(input.lease, { ttlMs: input.ttlMs, expiresAt: nowMs + input.ttlMs });
        return { kind: 'granted' };
      case 'keep-alive': {
        const lease = this.#leases.get(input.lease);
        if (lease === undefined) return { kind: 'no-lease' };
        lease.expiresAt = nowMs + lease.ttlMs;
        return { kind: 'kept' };
      }
      case 'revoke':
        if (!this.#leases.has(input.lease)) return { kind: 'no-lease' };
        this.#end(input.lease);
        return { kind: 'revoked' };
      case 'txn':
        return this.#txn(input.compares ?? [], input.success ?? [], input.failure ?? []);
    }
  }

  #txn(compares: readonly KvCompare[], success: readonly KvOperation[], failure: readonly KvOperation[]): KvOutput {
    const succeeded = compares.every((compare) => this.#holds(compare));
    const operations = succeeded ? success : failure;
    const leases = operations.flatMap((one) => (one.kind === 'put' && one.lease !== undefined ? [one.lease] : []));
    if (leases.some((lease) => !this.#leases.has(lease))) return { kind: 'no-lease' };
    const before = this.#keys;
    const results = operations.map((operation) => this.#run(operation));
    if (this.#keys !== before) this.#revision += 1;
    return { kind: 'txn', revision: this.#revision, succeeded, results };
  }

  #run(operation: KvOperation): KvResult {
    const chosen = operation.kind === 'put' ? [] : this.#keys.filter(({ key }) => isIn(key, operation));
    if (operation.kind === 'range') return { kind: 'range', keyValues: chosen };
    if (operation.kind === 'delete') {
      if (chosen.length > 0) this.#keys = this.#keys.filter((one) => !chosen.includes(one));
      return { kind: 'delete', deleted: chosen.length };
    }
    const { key, value, lease } = operation;
    const old = this.#keys.find((one) => one.key === key);
    const modRevision = this.#revision + 1;
    const createRevision = old?.createRevision ?? modRevision;
    const put = { key, value, createRevision, modRevision, version: (old?.version ?? 0) + 1, ...(lease && { lease }) };
    this.#keys = [...this.#keys.filter((one) => one !== old), put].sort((a, b) => (a.key < b.key ? -1 : 1));
    return { kind: 'put' };
  }

  #holds(compare: KvCompare): boolean {
    const key = this.#keys.find((one) => one.key === compare.key);
    const seen = {
      create: key?.createRevision ?? 0,
      mod: key?.modRevision ?? 0,
      version: key?.version ?? 0,
      lease: key?.lease ?? '',
      value: key?.value,
    }[compare.target];
    const { value = '' } = compare;
    if (seen === undefined) return false;
    if (compare.relation === 'equal') return seen === value;
    if (compare.relation === 'not-equal') return seen !== value;
    return compare.relation === 'less' ? seen < value : seen > value;
  }

  #end(lease: string): void {
    this.#leases.delete(lease);
    const rest = this.#keys.filter((one) => one.lease !== lease);
    if (rest.length === this.#keys.length) return;
    this.#keys = rest;
    this.#revision += 1;
  }
}

function isIn(key: string, { from, to }: KvKeys): boolean {
  return to === undefined ? key === from : from <= key && key < to;
}
