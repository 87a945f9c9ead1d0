import type { CallContext } from '@portolan/rpc';
import type { DialectScope } from './dialect-scope.ts';
import { EtcdError } from './etcd-error.ts';
import { TimeLimit } from './time-limit.ts';
import { toEtcdError } from './to-etcd-error.ts';

/** A request that was not answered by then is given up: etcd's 5 s and two election time-outs of 1 s. */
export const REQUEST_TIMEOUT_MS = 7_000;
/** Streams that asked for a leader end when there was none so often, looked at each election time-out, as in etcd. */
const LEADERLESS_LOOKS_MAX = 3;
const LEADER_LOOK_MS = 1_000;

type Unary<Request, Response> = (request: Request, call: CallContext) => Promise<Response>;

/** A call that ends by itself: in time, with a leader if it asks for one, and refused in etcd's words. */
export function unary<Request, Response>(
  scope: DialectScope,
  answer: (request: Request, signal: AbortSignal) => Promise<Response>,
): Unary<Request, Response> {
  return patient(scope, async (request, signal) => {
    const late = new AbortController();
    const timer = scope.clock.after(REQUEST_TIMEOUT_MS, () => {
      late.abort(new EtcdError('timeout'));
    });
    try {
      return await answer(request, AbortSignal.any([signal, late.signal]));
    } finally {
      timer.cancel();
    }
  });
}

/** Of the requests of one service. */
export function requestLimit({ clock }: DialectScope): TimeLimit {
  return new TimeLimit(clock, REQUEST_TIMEOUT_MS, () => new EtcdError('timeout'));
}

/** As `unary`, for requests that come by the thousand: what is under way goes on when its caller leaves, and nobody is told. */
export function prompt<Request, Response>(
  scope: DialectScope,
  limit: TimeLimit,
  answer: (request: Request) => Promise<Response>,
): Unary<Request, Response> {
  return async (request, call) => {
    try {
      if (asksForLeader(call)) await requireLeader(scope);
      return await limit.within(answer(request));
    } catch (error) {
      throw toEtcdError(error);
    }
  };
}

/** A call that may wait for others as long as its caller does. */
export function patient<Request, Response>(
  scope: DialectScope,
  answer: (request: Request, signal: AbortSignal) => Promise<Response>,
): Unary<Request, Response> {
  return async (request, call) => {
    try {
      if (asksForLeader(call)) await requireLeader(scope);
      return await answer(request, call.signal);
    } catch (error) {
      throw toEtcdError(error);
    }
  };
}

/** A stream of answers that ends with the server's drain, and with the leader if it asks for one. */
export async function* streaming<Response>(
  scope: DialectScope,
  call: CallContext,
  answers: (signal: AbortSignal) => AsyncIterable<Response>,
): AsyncGenerator<Response, void, undefined> {
  const ending = endingOf(scope, call);
  try {
    await ending.begun;
    yield* answers(ending.signal);
    ending.signal.throwIfAborted();
  } catch (error) {
    throw toEtcdError(error);
  } finally {
    ending.dispose();
  }
}

/** What ends a stream. */
export interface StreamEnding {
  /** Aborted when its caller is gone, the server drains, or, if it asked for a leader, there has been none for long. */
  readonly signal: AbortSignal;
  /** Before the first answer. Rejects when it asks for a leader and there is none. */
  readonly begun: Promise<void>;
  /** It has ended. */
  dispose(): void;
}

export function endingOf(
  scope: DialectScope,
  call: Pick<CallContext, 'signal' | 'draining' | 'metadata'>,
): StreamEnding {
  const ending = new AbortController();
  const onDrain = (): void => {
    ending.abort(new EtcdError('stopped'));
  };
  call.draining.addEventListener('abort', onDrain, { once: true });
  if (call.draining.aborted) onDrain();
  const asks = asksForLeader(call);
  const watching = asks ? watchLeader(scope, ending) : undefined;
  return {
    signal: AbortSignal.any([call.signal, ending.signal]),
    begun: asks ? requireLeader(scope) : Promise.resolve(),
    dispose: () => {
      call.draining.removeEventListener('abort', onDrain);
      watching?.cancel();
    },
  };
}

/** As etcd's clients do that would rather fail than wait. */
export function asksForLeader({ metadata }: Pick<CallContext, 'metadata'>): boolean {
  return metadata('hasleader') === 'true';
}

async function requireLeader({ store }: DialectScope): Promise<void> {
  const { leaderId } = await store.status();
  if (leaderId === undefined) throw new EtcdError('noLeader');
}

function watchLeader({ store, clock }: DialectScope, ending: AbortController): { cancel(): void } {
  let looks = 0;
  const look = async (): Promise<void> => {
    const { leaderId } = await store.status();
    looks = leaderId === undefined ? looks + 1 : 0;
    if (looks >= LEADERLESS_LOOKS_MAX) ending.abort(new EtcdError('noLeader'));
    else lookLater();
  };
  const failed = (error: unknown): void => {
    ending.abort(error);
  };
  let timer: { cancel(): void } | undefined;
  let isOver = false;
  const lookLater = (): void => {
    if (!isOver) timer = clock.after(LEADER_LOOK_MS, () => void look().catch(failed));
  };
  lookLater();
  return {
    cancel: () => {
      isOver = true;
      timer?.cancel();
    },
  };
}
