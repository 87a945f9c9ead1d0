import { Metadata, status as grpcStatus, type StatusObject } from '@grpc/grpc-js';
import {
  abortable,
  AssertionError,
  type Clock,
  epochMillis,
  type EpochMillis,
  type ErrorKind,
  PortolanError,
} from '@portolan/kernel';
import { currentTrace, readTraceHeaders, runInTrace, type Logger } from '@portolan/telemetry';
import { INSTANCE_HEADER, PRINCIPAL_HEADER, readHeader, writeHeader } from './call-metadata.ts';
import type { CallContext } from './call.ts';
import { failureOfError, statusOfFailure, type CallFailure } from './error-trailer.ts';
import { checkMessage, checkMetadata, type RpcLimits } from './limits.ts';
import { namesOf, type CertificateNames } from './certificate-names.ts';
import { principalBy, type Identify } from './identify.ts';
import { release } from './messages.ts';
import type { CallMetrics } from './metrics.ts';
import { cancellationOf, RpcError } from './rpc-error.ts';
import type { BoundMethod } from './service.ts';
import { grpcStatusName } from './status.ts';
import type { ServerCall, Wire } from './wire.ts';

/** Runs before each handler, in order; what it throws is the answer. It may wait, with `call.signal`. */
export type CallInterceptor = (call: CallContext) => Promise<void>;

/** What all calls of one server share. */
export interface ServerScope {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: RpcLimits;
  readonly metrics: CallMetrics;
  readonly interceptors: readonly CallInterceptor[];
  readonly identify: Identify | undefined;
  readonly instance: string | undefined;
  readonly draining: AbortSignal;
  /** Aborts each call under way. Bounded by `limits.callsInFlight`. */
  readonly inFlight: Set<AbortController>;
}

/** More calls at once than this server takes on. */
export class OverloadedError extends PortolanError {
  readonly code = 'RPC_OVERLOADED';
  readonly kind: ErrorKind = 'exhausted';
}

/** A request that does not decode. */
export class MalformedRequestError extends PortolanError {
  readonly code = 'RPC_MALFORMED_REQUEST';
  readonly kind: ErrorKind = 'invalid';
}

/** A handler threw what it should not; the caller learns only that. */
class UnexpectedError extends PortolanError {
  readonly code = 'RPC_INTERNAL';
  readonly kind: ErrorKind = 'internal';
}

/**
 * Timers count from the event loop's cached time, so a deadline may fire a little early by the clock:
 * grpc-js ends a call some milliseconds before its deadline, and that is still the deadline.
 */
const DEADLINE_SLACK_MS = 20;

/** @throws OverloadedError */
export function checkInFlight(calls: number, { callsInFlight }: RpcLimits): void {
  if (calls < callsInFlight) return;
  throw new OverloadedError(`${calls} calls are in flight, the limit is ${callsInFlight}`, {
    fix: 'back off, or call another instance',
    context: { limit: 'callsInFlight', max: callsInFlight },
  });
}

/**
 * Answers one call: interceptors, handler, answer or status. Never rejects.
 * @param input what the handler is given: the request, or an AsyncIterable of them. Called inside the call's trace
 */
export async function serveCall(
  bound: BoundMethod,
  call: ServerCall,
  wire: Wire,
  input: (signal: AbortSignal) => unknown,
  scope: ServerScope,
): Promise<void> {
  const trace = readTraceHeaders((name) => readHeader(call.metadata, name));
  await runInTrace(trace, async () => {
    const { path } = bound.definition;
    const begun = scope.clock.now();
    const counted = scope.metrics.begin(path);
    const headers = new Metadata();
    if (scope.instance !== undefined) headers.set(INSTANCE_HEADER, scope.instance);
    const status = await answer(bound, call, wire, input, scope, headers);
    if (status.code !== grpcStatus.OK) {
      wire.sendHeaders(headers);
      wire.fail(status);
    }
    const name = grpcStatusName(status.code);
    const durationMs = scope.clock.now() - begun;
    counted.end(name, durationMs);
    scope.logger.debug({ method: path, status: name, durationMs, peer: call.getPeer() }, 'call');
  });
}

async function answer(
  bound: BoundMethod,
  call: ServerCall,
  wire: Wire,
  input: (signal: AbortSignal) => unknown,
  scope: ServerScope,
  headers: Metadata,
): Promise<StatusObject> {
  const abort = new AbortController();
  const { signal } = abort;
  const trailers = new Metadata();
  const deadline = deadlineOf(call);
  let over = false;
  call.once('cancelled', () => {
    if (!over) abort.abort(cancellationOf(reasonOf(deadline, scope.clock), true));
  });
  try {
    admit(abort, scope);
    checkMetadata(call.metadata, scope.limits);
    const context: CallContext = {
      signal,
      deadline,
      principal: principalBy(scope.identify, readHeader(call.metadata, PRINCIPAL_HEADER), () => certificateOf(call)),
      draining: scope.draining,
      metadata: (name) => readHeader(call.metadata, name),
      setHeader: (name, value) => {
        writeHeader(headers, name, value);
      },
      setTrailer: (name, value) => {
        writeHeader(trailers, name, value);
      },
      method: bound.definition.path,
      peer: call.getPeer(),
    };
    for (const intercept of scope.interceptors) await abortable(intercept(context), signal);
    await respond(bound, bound.handle(input(signal), context), wire, headers, signal, scope.limits);
    wire.succeed(trailers);
    return { code: grpcStatus.OK, details: 'OK', metadata: new Metadata() };
  } catch (error) {
    // Once aborted, whatever is thrown is a consequence of it.
    const status = statusOfFailure(
      failureOf(signal.aborted ? signal.reason : error, bound.definition.path, scope.logger),
    );
    status.metadata.merge(trailers);
    return status;
  } finally {
    over = true;
    scope.inFlight.delete(abort);
  }
}

function certificateOf(call: ServerCall): CertificateNames | undefined {
  const { sslPeerCertificate } = call.getAuthContext();
  return sslPeerCertificate && namesOf(sslPeerCertificate);
}

function admit(abort: AbortController, { inFlight, limits }: ServerScope): void {
  checkInFlight(inFlight.size, limits);
  inFlight.add(abort);
}

async function respond(
  { definition }: BoundMethod,
  result: unknown,
  wire: Wire,
  headers: Metadata,
  signal: AbortSignal,
  limits: RpcLimits,
): Promise<void> {
  const encode = (message: unknown): Buffer => {
    const bytes = definition.responseSerialize(message);
    checkMessage(bytes, 'response', limits);
    return bytes;
  };
  if (!definition.responseStream) {
    const message = encode(await abortable(Promise.resolve(result), signal));
    wire.sendHeaders(headers);
    await wire.send(message, signal);
  } else {
    const iterator = iterate(result, definition.path);
    try {
      while (true) {
        const next = await abortable(iterator.next(), signal);
        if (next.done === true) break;
        const message = encode(next.value);
        wire.sendHeaders(headers);
        await wire.send(message, signal);
      }
    } catch (error) {
      release(iterator);
      throw error;
    }
    wire.sendHeaders(headers);
  }
}

/** The answers of a streaming method. @throws TypeError when its handler returned something else */
export function iterate(result: unknown, method: string): AsyncIterator<unknown> {
  if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result) {
    const open: unknown = result[Symbol.asyncIterator];
    if (typeof open === 'function') {
      const iterator: unknown = Reflect.apply(open, result, []);
      if (isIterator(iterator)) return iterator;
    }
  }
  throw new TypeError(`the handler of ${method} did not return an AsyncIterable`);
}

function isIterator(value: unknown): value is AsyncIterator<unknown> {
  return typeof value === 'object' && value !== null && 'next' in value && typeof value.next === 'function';
}

/** @throws MalformedRequestError */
export function decodeRequest({ definition }: BoundMethod, bytes: Buffer): unknown {
  try {
    return definition.requestDeserialize(bytes);
  } catch (error) {
    throw new MalformedRequestError(`the request of ${definition.path} does not decode`, {
      fix: 'send the message that the contract names, built from a compatible version',
      context: { method: definition.path },
      cause: error,
    });
  }
}

/** What the caller is told of what a handler threw. Called inside the call's trace; an error that should not be is logged. */
export function failureOf(error: unknown, path: string, logger: Logger): CallFailure {
  if (error instanceof PortolanError) return failureOfError(error);
  logger.error({ err: error, method: path }, 'a handler failed unexpectedly');
  if (error instanceof AssertionError) {
    // A broken invariant ends the process; the caller is answered first.
    setImmediate(() => {
      throw error;
    });
  }
  const traceId = currentTrace()?.traceId ?? 'unknown';
  return failureOfError(
    new UnexpectedError(`${path} failed unexpectedly`, {
      fix: `look for trace ${traceId} in the server's log`,
      context: { traceId },
    }),
  );
}

function deadlineOf(call: ServerCall): EpochMillis | undefined {
  const deadline = call.getDeadline();
  const time = deadline instanceof Date ? deadline.getTime() : deadline;
  return time === Infinity ? undefined : epochMillis(time);
}

function reasonOf(deadline: EpochMillis | undefined, clock: Clock): DOMException {
  return deadline !== undefined && clock.epoch() >= deadline - DEADLINE_SLACK_MS
    ? new DOMException('the deadline has passed', 'TimeoutError')
    : new DOMException('the caller is gone', 'AbortError');
}

/** Why calls end that outlive the drain deadline. */
export function drainedError(): RpcError {
  return new RpcError('the server ended before the call did', {
    code: 'RPC_DRAINED',
    kind: 'unavailable',
    fix: 'call another instance',
    reachedServer: true,
  });
}
