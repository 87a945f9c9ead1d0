import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PortolanError } from '@portolan/kernel';
import { runInTrace, type TraceContext } from '@portolan/telemetry';
import { InternalError, UpstreamFailedError, UpstreamTimeoutError, UpstreamUnreachableError } from '../errors.ts';
import { traceOf } from './exchange.ts';
import { openRecord, type OpenRecord } from './exchange-record.ts';
import { ATTEMPTS_MAX } from './limits.ts';
import { problemOf, writeRawProblem } from './problem.ts';
import { responseFields } from './response-fields.ts';
import { headText, tunnelAttempt, type OpenTunnel } from './tunnel-attempt.ts';
import { findWay, nobodyToTry, type Carrier, type Way } from './way.ts';

/** The one protocol that connections are handed over to. */
const WEBSOCKET = 'websocket';

export const isWebSocket = (request: IncomingMessage): boolean =>
  request.method === 'GET' && request.headers.upgrade?.toLowerCase() === WEBSOCKET;

/** Connections that have become WebSockets: bytes in both directions until either side ends. */
export class Tunnels {
  readonly #carrier: Carrier;
  readonly #idleTimeoutMs: number;
  readonly #clients = new Set<Duplex>();
  readonly #waiting: (() => void)[] = [];

  constructor(carrier: Carrier, idleTimeoutMs: number) {
    this.#carrier = carrier;
    this.#idleTimeoutMs = idleTimeoutMs;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** Resolves when no tunnel is open. */
  async ended(): Promise<void> {
    if (this.#clients.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  cut(): void {
    for (const client of this.#clients) client.destroy();
  }

  /** Opens a tunnel for a request to upgrade, and holds it to its end. Never rejects. */
  open(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    const trace = traceOf(request);
    return runInTrace(trace, () => this.#hold(request, client, head, trace));
  }

  async #hold(request: IncomingMessage, client: Duplex, head: Buffer, trace: TraceContext): Promise<void> {
    const { clock, record } = this.#carrier;
    const progress = openRecord(request);
    const startedAt = clock.now();
    client.on('error', () => undefined); // whoever uses it sees its end
    this.#clients.add(client);
    try {
      const way = findWay(this.#carrier, request, trace, progress);
      const tunnel = await this.#tryEndpoints(way, client, progress);
      if (tunnel !== undefined) await this.#pump(client, head, tunnel);
    } catch (thrown) {
      const error = thrown instanceof PortolanError ? thrown : new InternalError(thrown);
      const problem = problemOf(error, trace.traceId);
      writeRawProblem(client, problem);
      Object.assign(progress, { status: problem.status, code: error.code, detail: error.message });
    }
    this.#clients.delete(client);
    if (this.#clients.size === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    progress.durationMs = clock.now() - startedAt;
    record(progress);
  }

  /** @returns undefined when the client was answered without a tunnel, or left */
  async #tryEndpoints(way: Way, client: Duplex, progress: OpenRecord): Promise<ReportedTunnel | undefined> {
    const { pools, clock, responseTimeoutMs } = this.#carrier;
    const { upstream, state, path, headers } = way;
    const tried = new Set<string>();
    let failure: PortolanError | undefined;
    while (progress.attempts < ATTEMPTS_MAX) {
      const endpoint = state.pick(upstream, tried, clock.now());
      if (endpoint === undefined) break;
      tried.add(endpoint.id);
      progress.attempts += 1;
      progress.endpoint = endpoint.id;
      const startedAt = clock.now();
      state.start(endpoint, startedAt);
      const result = await tunnelAttempt({
        client,
        clock,
        responseTimeoutMs,
        dispatch: (handler) => {
          pools.dispatch(endpoint.address, false, { method: 'GET', path, headers, upgrade: WEBSOCKET }, handler);
        },
      });
      const latencyMs = clock.now() - startedAt;
      const end = (outcome: 'ok' | 'failed' | 'cancelled'): void => {
        state.end(endpoint, { result: outcome, latencyMs }, clock.now());
      };
      switch (result.kind) {
        case 'open':
          progress.status = result.head.status;
          return {
            ...result,
            end: () => {
              end('ok');
            },
          };
        case 'declined':
          progress.status = result.status;
          end(result.status >= 500 ? 'failed' : 'ok');
          return undefined;
        case 'client-gone':
          progress.clientGone = true;
          end('cancelled');
          return undefined;
        case 'timeout':
          end('failed');
          throw new UpstreamTimeoutError(upstream.service, endpoint.address, responseTimeoutMs);
        case 'lost':
          end('failed');
          throw new UpstreamFailedError(upstream.service, endpoint.address, result.error);
        case 'unsent':
          end('failed');
          failure = new UpstreamUnreachableError(upstream.service, endpoint.address, result.error);
      }
    }
    throw failure ?? nobodyToTry(way);
  }

  async #pump(client: Duplex, head: Buffer, { upstream, head: answer, end }: ReportedTunnel): Promise<void> {
    upstream.on('error', () => undefined);
    for (const side of [client, upstream]) {
      if (side instanceof Socket) side.setTimeout(this.#idleTimeoutMs, () => side.destroy());
    }
    const fields = [...responseFields(answer.fields, false), 'Connection', 'Upgrade', 'Upgrade', WEBSOCKET];
    client.write(headText({ status: answer.status, reason: 'Switching Protocols', fields }));
    upstream.write(head);
    await Promise.allSettled([pipeline(client, upstream), pipeline(upstream, client)]);
    client.destroy();
    upstream.destroy();
    end();
  }
}

/** A tunnel whose end the balancer has to be told. */
interface ReportedTunnel extends OpenTunnel {
  readonly end: () => void;
}
