import {
  CompactedError,
  FutureRevisionError,
  revision,
  type Compare,
  type Header,
  type KeyValue,
  type KvStore,
  type NestedTxn,
  type Operation,
  type OperationResult,
  type RangeQuery,
  type Revision,
  type WatchBatch,
  type WatchEvent,
} from '@portolan/kv';

/**
 * A store on an etcd that others have used before, seen as if its history had begun with it: its revision is 1 now. Nobody else may write
 * to that etcd meanwhile.
 */
export async function rebased(store: KvStore): Promise<KvStore> {
  const { revision: now } = await store.status();
  return new RebasedStore(store, now - 1).store;
}

class RebasedStore {
  readonly #base: number;
  readonly store: KvStore;

  constructor(inner: KvStore, base: number) {
    this.#base = base;
    this.store = {
      range: async (request, signal) => {
        const answer = await this.#run(inner.range(this.#query(request), signal));
        return { ...this.#header(answer), keyValues: answer.keyValues.map((one) => this.#keyValue(one)) };
      },
      txn: async (request, signal) => {
        const answer = await this.#run(inner.txn({ ...request, ...this.#txn(request) }, signal));
        return { ...this.#header(answer), results: answer.results.map((one) => this.#result(one)) };
      },
      watch: (request, signal) => this.#watch(inner.watch(this.#start(request), signal)),
      grantLease: async (request, signal) => this.#header(await this.#run(inner.grantLease(request, signal))),
      keepAlive: async (request, signal) => this.#header(await this.#run(inner.keepAlive(request, signal))),
      revokeLease: async (request, signal) => this.#header(await this.#run(inner.revokeLease(request, signal))),
      timeToLive: async (request, signal) => this.#header(await this.#run(inner.timeToLive(request, signal))),
      leases: async (request, signal) => this.#header(await this.#run(inner.leases(request, signal))),
      compact: async (request, signal) => {
        // Here history begins at 1, whatever was before.
        if (request.revision <= 1) throw new CompactedError(request.revision, revision(1));
        const at = this.#there(request.revision);
        return this.#header(await this.#run(inner.compact({ ...request, revision: at }, signal)));
      },
      status: async (signal) => {
        const status = await this.#run(inner.status(signal));
        const { user, catalog, system } = status.keyspaces;
        const here = (one: typeof user): typeof user => ({ ...one, oldest: this.#here(one.oldest) });
        return {
          ...this.#header(status),
          keyspaces: { user: here(user), catalog: here(catalog), system: here(system) },
        };
      },
    };
  }

  #there(at: Revision): Revision {
    return revision(at + this.#base);
  }

  /** What was before is as good as the first. */
  #here(at: Revision): Revision {
    return revision(Math.max(1, at - this.#base));
  }

  #header<Answer extends Header>(answer: Answer): Answer {
    return { ...answer, revision: this.#here(answer.revision) };
  }

  async #run<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      throw this.#error(error);
    }
  }

  #error(error: unknown): unknown {
    if (error instanceof CompactedError) return new CompactedError(revision(0), this.#here(error.oldest));
    if (error instanceof FutureRevisionError) return new FutureRevisionError(revision(0), this.#here(error.current));
    return error;
  }

  #query<Query extends RangeQuery>(query: Query): Query {
    const { revision: at, minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = query;
    return {
      ...query,
      ...(at !== undefined && { revision: this.#there(at) }),
      ...(minModRevision !== undefined && { minModRevision: this.#there(minModRevision) }),
      ...(maxModRevision !== undefined && { maxModRevision: this.#there(maxModRevision) }),
      ...(minCreateRevision !== undefined && { minCreateRevision: this.#there(minCreateRevision) }),
      ...(maxCreateRevision !== undefined && { maxCreateRevision: this.#there(maxCreateRevision) }),
    };
  }

  #txn({ compares = [], success = [], failure = [] }: NestedTxn): Required<NestedTxn> {
    return {
      compares: compares.map((compare) => this.#compare(compare)),
      success: success.map((operation) => this.#operation(operation)),
      failure: failure.map((operation) => this.#operation(operation)),
    };
  }

  #compare(compare: Compare): Compare {
    const { target } = compare;
    if (target.kind !== 'create' && target.kind !== 'mod') return compare;
    // 0 is that of an absent key, here as there; and no key of before can be seen.
    const value = target.value === 0 ? target.value : this.#there(target.value);
    return { ...compare, target: { ...target, value } };
  }

  #operation(operation: Operation): Operation {
    if (operation.kind === 'txn') return { kind: 'txn', ...this.#txn(operation) };
    return operation.kind === 'range' ? this.#query(operation) : operation;
  }

  #result(result: OperationResult): OperationResult {
    switch (result.kind) {
      case 'range':
        return { ...result, keyValues: result.keyValues.map((one) => this.#keyValue(one)) };
      case 'put':
        return { kind: 'put', previous: result.previous && this.#keyValue(result.previous) };
      case 'delete':
        return { ...result, previous: result.previous.map((one) => this.#keyValue(one)) };
      case 'txn':
        return { ...result, results: result.results.map((one) => this.#result(one)) };
    }
  }

  #keyValue(keyValue: KeyValue): KeyValue {
    const { createRevision, modRevision } = keyValue;
    return { ...keyValue, createRevision: this.#here(createRevision), modRevision: this.#here(modRevision) };
  }

  #start<Request extends { readonly startRevision?: Revision }>(request: Request): Request {
    const { startRevision } = request;
    return startRevision === undefined ? request : { ...request, startRevision: this.#there(startRevision) };
  }

  async *#watch(batches: AsyncIterable<WatchBatch>): AsyncGenerator<WatchBatch, void, undefined> {
    try {
      for await (const batch of batches) {
        yield {
          ...this.#header(batch),
          revision: revision(batch.revision - this.#base),
          events: batch.events.map((one) => this.#event(one)),
        };
      }
    } catch (error) {
      throw this.#error(error);
    }
  }

  #event(event: WatchEvent): WatchEvent {
    const before = 'previous' in event ? { previous: event.previous && this.#keyValue(event.previous) } : {};
    if (event.kind === 'put') return { ...event, keyValue: this.#keyValue(event.keyValue), ...before };
    return { ...event, modRevision: this.#here(event.modRevision), ...before };
  }
}
