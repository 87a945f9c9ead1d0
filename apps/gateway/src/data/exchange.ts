import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Endpoint, Outcome } from '@portolan/balancing';
import { PortolanError } from '@portolan/kernel';
import { readTraceHeaders, runInTrace, type TraceContext } from '@portolan/telemetry';
import { InternalError, UpstreamFailedError, UpstreamTimeoutError, UpstreamUnreachableError } from '../errors.ts';
import { attempt, type AttemptResult } from './attempt.ts';
import { openRecord, type OpenRecord } from './exchange-record.ts';
import { ATTEMPTS_MAX } from './limits.ts';
import { problemOf } from './problem.ts';
import { discardRest, requestBody, type RequestBody } from './request-body.ts';
import { findWay, nobodyToTry, type Carrier, type Way } from './way.ts';

/** Methods whose repetition changes nothing (RFC 9110 §9.2.2), of those that are forwarded. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Answers one request, by an endpoint of its route or with a problem. Never rejects. */
export function exchange(
  carrier: Carrier,
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
): Promise<void> {
  const trace = traceOf(request);
  return runInTrace(trace, () => new Exchange(carrier, request, response, trace).run(expectsContinue));
}

/** The trace that a request belongs to: its own, or a new one. */
export function traceOf(request: IncomingMessage): TraceContext {
  return readTraceHeaders((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  });
}

class Exchange {
  readonly #carrier: Carrier;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #trace: TraceContext;
  readonly #record: OpenRecord;

  constructor(carrier: Carrier, request: IncomingMessage, response: ServerResponse, trace: TraceContext) {
    this.#carrier = carrier;
    this.#request = request;
    this.#response = response;
    this.#trace = trace;
    this.#record = openRecord(request);
  }

  async run(expectsContinue: boolean): Promise<void> {
    const { clock, bodyBytesMax, record } = this.#carrier;
    const startedAt = clock.now();
    try {
      const way = findWay(this.#carrier, this.#request, this.#trace, this.#record);
      const body = requestBody(this.#request, bodyBytesMax, () => {
        if (expectsContinue) this.#response.writeContinue();
      });
      await this.#tryEndpoints(way, body);
    } catch (error) {
      this.#refuse(error instanceof PortolanError ? error : new InternalError(error));
    }
    discardRest(this.#request);
    this.#record.durationMs = clock.now() - startedAt;
    if (!this.#record.clientGone || this.#response.headersSent) this.#record.status = this.#response.statusCode;
    record(this.#record);
  }

  /** One endpoint after the other: at once where the request did not arrive; where it was lost, once and if that is safe. */
  async #tryEndpoints(way: Way, body: RequestBody | undefined): Promise<void> {
    const { clock, logger, responseTimeoutMs } = this.#carrier;
    const { upstream, state } = way;
    const tried = new Set<string>();
    let lostAt: Endpoint | undefined;
    let failure: PortolanError | undefined;
    state.budget.deposit(clock.now());
    while (this.#record.attempts < ATTEMPTS_MAX) {
      let endpoint = state.pick(upstream, tried, clock.now());
      // Nobody else is there, and the endpoint may just have closed an idle connection: once more, on a fresh one.
      if (failure instanceof UpstreamFailedError) endpoint ??= lostAt;
      if (endpoint === undefined) break;
      tried.add(endpoint.id);
      const result = await this.#attempt(way, body, endpoint, lostAt !== undefined);
      switch (result.kind) {
        case 'answered':
          return;
        case 'cut':
          logger.warn({ err: result.error, service: upstream.service, endpoint: endpoint.id }, 'an answer broke off');
          return;
        case 'client-gone':
          this.#record.clientGone = true;
          return;
        case 'refused':
          throw result.error;
        case 'timeout':
          throw new UpstreamTimeoutError(upstream.service, endpoint.address, responseTimeoutMs);
        case 'unsent':
          failure = new UpstreamUnreachableError(upstream.service, endpoint.address, result.error);
          break;
        case 'lost':
          failure = new UpstreamFailedError(upstream.service, endpoint.address, result.error);
          if (lostAt !== undefined || !this.#isReplayable(body) || !state.budget.tryWithdraw(clock.now()))
            throw failure;
          lostAt = endpoint;
      }
    }
    throw failure ?? nobodyToTry(way);
  }

  async #attempt(
    { state, path, headers }: Way,
    body: RequestBody | undefined,
    endpoint: Endpoint,
    fresh: boolean,
  ): Promise<AttemptResult> {
    const { clock, pools, responseTimeoutMs, draining } = this.#carrier;
    const { method = 'GET' } = this.#request;
    this.#record.attempts += 1;
    this.#record.endpoint = endpoint.id;
    const startedAt = clock.now();
    state.start(endpoint, startedAt);
    const result = await attempt({
      request: this.#request,
      response: this.#response,
      clock,
      responseTimeoutMs,
      closing: draining,
      dispatch: (handler) => {
        pools.dispatch(endpoint.address, fresh, { path, method, headers, body: body?.stream() ?? null }, handler);
      },
    });
    state.end(endpoint, outcomeOf(result, clock.now() - startedAt), clock.now());
    return result;
  }

  #isReplayable(body: RequestBody | undefined): boolean {
    return IDEMPOTENT.has(this.#request.method ?? '') && body?.consumed !== true;
  }

  /** Answers with a problem. */
  #refuse(error: PortolanError): void {
    const response = this.#response;
    this.#record.code = error.code;
    this.#record.detail = error.message;
    if (error.kind === 'internal') this.#carrier.logger.error({ err: error }, error.message);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const { status, reason, fields, body } = problemOf(error, this.#trace.traceId);
    response.writeHead(status, reason, [...fields, ...(this.#carrier.draining() ? ['Connection', 'close'] : [])]);
    response.end(this.#request.method === 'HEAD' ? undefined : body);
  }
}

function outcomeOf(result: AttemptResult, elapsedMs: number): Outcome {
  switch (result.kind) {
    case 'answered':
      return { result: result.status >= 500 ? 'failed' : 'ok', latencyMs: result.firstByteMs };
    case 'client-gone':
    case 'refused':
      return { result: 'cancelled', latencyMs: elapsedMs };
    case 'cut':
    case 'unsent':
    case 'lost':
    case 'timeout':
      return { result: 'failed', latencyMs: elapsedMs };
  }
}
