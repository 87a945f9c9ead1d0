import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { TraceFlags } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';

/** Where a piece of work stands in a trace (W3C Trace Context, level 1): one `traceId` finds a call in all logs. */
export interface TraceContext {
  /** 32 hex digits, the same in every process that a call passes through. */
  readonly traceId: string;
  /** 16 hex digits: this piece of work. */
  readonly spanId: string;
  /** The piece of work that caused this one, when it is known. */
  readonly parentSpanId?: string;
  /** Whether the caller records the trace. Passed on as it came. */
  readonly sampled: boolean;
  /** Other vendors' `tracestate`, passed on untouched. */
  readonly state?: string;
}

/** What W3C asks everyone to pass on at least; a longer `tracestate` is dropped, as §3.3.1.5 allows. */
const TRACE_STATE_CHARACTERS_MAX = 512;

const storage = new AsyncLocalStorage<TraceContext>();

/** Random bytes are drawn for so many ids at once: drawn one by one they were a third of what a call costs (bench `wire`). */
const DRAWN_BYTES = 4_096;
let drawn = '';
let drawnAt = 0;

// Trace ids name things; no decision depends on them. That is why they are not drawn from an `Rng`.
function randomHex(digits: number): string {
  if (drawnAt + digits > drawn.length) {
    drawn = randomBytes(DRAWN_BYTES).toString('hex');
    drawnAt = 0;
  }
  drawnAt += digits;
  return drawn.slice(drawnAt - digits, drawnAt);
}

const newTraceId = (): string => randomHex(32);
const newSpanId = (): string => randomHex(16);

/** The trace that the running code belongs to, through every `await`; undefined outside `runInTrace`. */
export function currentTrace(): TraceContext | undefined {
  return storage.getStore();
}

/** Calls `work`; it and all that it awaits belong to `trace`, and so do their log lines. */
export function runInTrace<Result>(trace: TraceContext, work: () => Result): Result {
  return storage.run(trace, work);
}

/** A trace that begins here. */
export function startTrace(): TraceContext {
  return { traceId: newTraceId(), spanId: newSpanId(), sampled: true };
}

/** A new piece of work inside `trace`. */
export function childOf(trace: TraceContext): TraceContext {
  return { ...trace, spanId: newSpanId(), parentSpanId: trace.spanId };
}

/**
 * The trace of an incoming call: a child of what its headers name, or a new one when they name none or are malformed.
 * @param get reads a header by its lower-case name
 */
export function readTraceHeaders(get: (name: string) => string | undefined): TraceContext {
  const parent = parseTraceParent(get('traceparent') ?? '');
  if (parent === null) return startTrace();
  const state = get('tracestate');
  return {
    traceId: parent.traceId,
    spanId: newSpanId(),
    parentSpanId: parent.spanId,
    sampled: (parent.traceFlags & TraceFlags.SAMPLED) !== 0,
    ...(state !== undefined && state !== '' && state.length <= TRACE_STATE_CHARACTERS_MAX && { state }),
  };
}

/** The headers that carry `trace` to the next process, where it becomes the parent. */
export function writeTraceHeaders(trace: TraceContext): Readonly<Record<string, string>> {
  return {
    traceparent: `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`,
    ...(trace.state !== undefined && { tracestate: trace.state }),
  };
}
