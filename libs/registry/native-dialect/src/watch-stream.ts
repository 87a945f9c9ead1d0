import type { Catalog } from '@portolan/catalog';
import {
  decodeHostQuery,
  decodeQuery,
  encodeHostView,
  encodeResolution,
  encodeServiceList,
} from '@portolan/catalog/wire';
import type { Subscribe, WatchRequest, WatchResponse } from '@portolan/contracts/catalog';
import { PortolanError } from '@portolan/kernel';
import { errorDetailOf, type CallContext } from '@portolan/rpc';
import { untilAborted } from '@portolan/rpc/serving';
import { EmptyRequestError, SubscriptionExistsError, TooManySubscriptionsError } from './errors.ts';
import { goingAway } from './going-away.ts';
import { Handover } from './handover.ts';
import type { LeaderWatch } from './leader-watch.ts';
import type { NativeLoad } from './native-load.ts';

/** Subscriptions of one stream: services that one process calls. Full: the next is answered `failed`. */
export const SUBSCRIPTIONS_MAX = 1_024;

type Update = NonNullable<WatchResponse['update']>;

/**
 * One resolving process and all it subscribes to. Each answer is whole; of each subscription at most one waits to be
 * sent, so a slow reader skips to the newest and costs no memory. A subscription that fails says so and ends alone.
 * A client that closes its side keeps what it has subscribed to.
 * The stream ends when this node drains, and when its leader is lost; one that begins without a leader tells what is known, for a while.
 */
export async function* serveWatch(
  catalog: Catalog,
  requests: AsyncIterable<WatchRequest>,
  call: CallContext,
  load: NativeLoad,
  leader: LeaderWatch | undefined,
): AsyncGenerator<WatchResponse, void, undefined> {
  using away = goingAway(call.draining, leader);
  const stream = new WatchStream(catalog, call, load, away.signal);
  try {
    void stream.read(requests);
    yield* stream.answers;
  } finally {
    stream.end();
  }
}

class WatchStream {
  readonly answers = new Handover<WatchResponse>();
  readonly #catalog: Catalog;
  readonly #call: CallContext;
  readonly #load: NativeLoad;
  readonly #over = new AbortController();
  readonly #stopped: AbortSignal;
  readonly #subscriptions = new Map<bigint, AbortController>();
  #allAsked = false;

  /** @param away its reason ends the stream */
  constructor(catalog: Catalog, call: CallContext, load: NativeLoad, away: AbortSignal) {
    this.#catalog = catalog;
    this.#call = call;
    this.#load = load;
    this.#stopped = AbortSignal.any([call.signal, away, this.#over.signal]);
    const stop = (): void => {
      this.answers.fail(away.aborted ? away.reason : call.signal.reason);
    };
    if (this.#stopped.aborted) stop();
    else this.#stopped.addEventListener('abort', stop, { once: true });
  }

  /** Never rejects: what goes wrong ends the answers. */
  async read(requests: AsyncIterable<WatchRequest>): Promise<void> {
    try {
      for await (const { request } of untilAborted(requests, this.#stopped)) {
        if (request === undefined) throw new EmptyRequestError('a watch request');
        if (request.$case === 'subscribe') await this.#subscribe(request.value);
        else this.#unsubscribe(request.value.id);
      }
      this.#allAsked = true;
      this.#finishWhenIdle();
    } catch (error) {
      this.answers.fail(error);
    }
  }

  end(): void {
    this.#over.abort();
    for (const id of this.#subscriptions.keys()) this.#unsubscribe(id);
  }

  async #subscribe(subscribe: Subscribe): Promise<void> {
    const { id } = subscribe;
    if (this.#subscriptions.has(id)) throw new SubscriptionExistsError(id);
    if (this.#subscriptions.size >= SUBSCRIPTIONS_MAX) {
      await this.#offerFailure(id, new TooManySubscriptionsError(SUBSCRIPTIONS_MAX));
      return;
    }
    const abort = new AbortController();
    this.#subscriptions.set(id, abort);
    this.#load.subscriptions += 1;
    void this.#follow(subscribe, abort.signal);
  }

  #unsubscribe(id: bigint): void {
    const abort = this.#subscriptions.get(id);
    if (abort === undefined) return;
    this.#subscriptions.delete(id);
    this.#load.subscriptions -= 1;
    abort.abort();
    this.#finishWhenIdle();
  }

  /** Until it is unsubscribed, or fails. Never rejects. */
  async #follow(subscribe: Subscribe, signal: AbortSignal): Promise<void> {
    const { id } = subscribe;
    try {
      for await (const update of this.#updates(subscribe, signal)) await this.answers.offer({ id, update }, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof PortolanError) await this.#offerFailure(id, error);
      else this.answers.fail(error);
    }
    // The client may use the id again once it has read that the subscription failed.
    this.#unsubscribe(id);
  }

  async *#updates({ subject }: Subscribe, signal: AbortSignal): AsyncGenerator<Update, void, undefined> {
    const { principal } = this.#call;
    switch (subject?.$case) {
      case 'query':
        for await (const resolution of this.#catalog.watch({ principal, query: decodeQuery(subject.value) }, signal)) {
          yield { $case: 'resolution', value: encodeResolution(resolution) };
        }
        return;
      case 'services':
        for await (const list of this.#catalog.watchServices({ principal }, signal)) {
          yield { $case: 'services', value: encodeServiceList(list) };
        }
        return;
      case 'host':
        for await (const view of this.#catalog.watchHost({ principal, node: decodeHostQuery(subject.value) }, signal)) {
          yield { $case: 'host', value: encodeHostView(view) };
        }
        return;
      case undefined:
        throw new EmptyRequestError('a subscription');
      default:
        subject satisfies never;
    }
  }

  #offerFailure(id: bigint, error: PortolanError): Promise<void> {
    return this.answers.offer({ id, update: { $case: 'failed', value: errorDetailOf(error) } }, this.#stopped);
  }

  #finishWhenIdle(): void {
    if (this.#allAsked && this.#subscriptions.size === 0) this.answers.finish();
  }
}
