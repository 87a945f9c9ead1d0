import type { KvServiceService } from '@portolan/contracts/kv';
import { PortolanError, type Clock, type Rng } from '@portolan/kernel';
import {
  IncarnationChangedError,
  revision,
  type Incarnation,
  type Revision,
  type WatchBatch,
  type WatchEvent,
  type WatchRequest,
} from '@portolan/kv';
import { decodeHeader, decodeWatchEvents, encodeWatchRequest } from '@portolan/kv/wire';
import { backoff } from '@portolan/resilience';
import type { Client } from '@portolan/rpc';
import { sleep } from '@portolan/runtime';
import { BACKOFF, typedError } from './attempts.ts';

export interface ResumedWatchOptions {
  readonly client: Client<typeof KvServiceService>;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** How far one watch has come, over all its streams. */
interface Progress {
  incarnation: Incarnation | undefined;
  /** The first revision not yet delivered; undefined until the store has said where "now" is. */
  next: Revision | undefined;
  created: boolean;
  /** Streams that ended one after another without a single answer. */
  failures: number;
}

/**
 * One watch over as many streams as it takes: a stream that breaks is followed by one from the revision after the last one
 * delivered, for as long as the signal wants it.
 * @throws IncarnationChangedError, CompactedError, and whatever else no new stream would change
 */
export async function* resumedWatch(
  options: ResumedWatchOptions,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch, void, undefined> {
  const progress: Progress = { incarnation: undefined, next: request.startRevision, created: false, failures: 0 };
  while (!signal.aborted) {
    try {
      yield* oneStream(options.client, request, progress, signal);
    } catch (error) {
      const typed = typedError(error);
      if (isAborted(signal)) return;
      if (!(typed instanceof PortolanError) || typed.kind !== 'unavailable') throw typed;
    }
    if (!(await pause(options, progress, signal))) return;
  }
}

async function* oneStream(
  client: Client<typeof KvServiceService>,
  request: WatchRequest,
  progress: Progress,
  signal: AbortSignal,
): AsyncGenerator<WatchBatch, void, undefined> {
  const { next } = progress;
  const message = encodeWatchRequest(next === undefined ? request : { ...request, startRevision: next });
  let first = true;
  let events: WatchEvent[] = [];
  for await (const response of client.watch(message, { principal: request.principal, signal, idempotent: true })) {
    const header = decodeHeader(response.header);
    const expected = (progress.incarnation ??= header.incarnation);
    if (header.incarnation !== expected) throw new IncarnationChangedError(expected, header.incarnation);
    events.push(...decodeWatchEvents(response));
    if (response.more) continue;
    const batch = { ...header, events };
    const known = first && progress.created;
    const kind = first ? 'created' : events.length > 0 ? 'events' : 'progress';
    progress.failures = 0;
    progress.created = true;
    progress.next = revision(header.revision + 1);
    first = false;
    events = [];
    if (!known) yield { kind, ...batch };
  }
}

/** @returns false when the signal aborted meanwhile */
async function pause({ clock, rng }: ResumedWatchOptions, progress: Progress, signal: AbortSignal): Promise<boolean> {
  const delayMs = backoff(BACKOFF, progress.failures, rng);
  progress.failures += 1;
  try {
    await sleep(clock, delayMs, signal);
    return true;
  } catch (error) {
    if (isAborted(signal)) return false;
    throw error;
  }
}

// A function, because TypeScript believes that what it saw before an await still holds.
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
