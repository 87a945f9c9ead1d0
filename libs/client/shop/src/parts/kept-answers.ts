import type { Cache } from '@portolan/cache';
import type { Clock } from '@portolan/kernel';
import { z } from 'zod';

const keptSchema = z.object({
  storedAt: z.int(),
  servedBy: z.string().optional(),
  body: z.record(z.string(), z.unknown()),
});
/** An answer of before. `storedAt` in milliseconds since the epoch. */
export type KeptAnswer = Readonly<z.infer<typeof keptSchema>>;

/** What of a request decides its answer: an Express request, or a part of a batch. */
export interface AskedFor {
  /** What the router that answers is mounted at: `/v1`. */
  readonly baseUrl: string;
  readonly path: string;
  /** With the query. */
  readonly originalUrl: string;
  /** A header. */
  get(name: string): string | undefined;
}

export interface KeptAnswersOptions {
  readonly cache: Cache;
  readonly clock: Clock;
  /** How long an answer is given again, in ms; 0: never. */
  readonly ttlMs: number;
}

/**
 * Whole answers that everybody may see, given again for a moment: a rush on one page is a few calls to the services. Partial
 * answers and those of one user are not kept; a client that sends `Cache-Control: no-cache` gets a new one.
 */
export class KeptAnswers {
  readonly #options: KeptAnswersOptions;

  constructor(options: KeptAnswersOptions) {
    this.#options = options;
  }

  async find(asked: AskedFor): Promise<KeptAnswer | undefined> {
    const { cache, ttlMs } = this.#options;
    if (ttlMs === 0 || /\bno-(?:cache|store)\b/i.test(asked.get('Cache-Control') ?? '')) return undefined;
    const text = await cache.get(keyOf(asked));
    if (text === undefined) return undefined;
    // What another version kept is no answer of ours.
    const found = keptSchema.safeParse(parsed(text));
    return found.success ? found.data : undefined;
  }

  async keep(asked: AskedFor, body: object, servedBy: string | undefined): Promise<void> {
    const { cache, clock, ttlMs } = this.#options;
    if (ttlMs === 0) return;
    const kept = { storedAt: clock.epoch(), body, ...(servedBy !== undefined && { servedBy }) };
    await cache.set(keyOf(asked), JSON.stringify(kept), ttlMs);
  }

  /** Seconds since it was made, as `Age` has it. */
  ageOf({ storedAt }: KeptAnswer): number {
    return Math.max(0, Math.floor((this.#options.clock.epoch() - storedAt) / 1_000));
  }
}

/** The order of parameters means nothing; nor does how an answer is cut to size. */
function keyOf({ baseUrl, path, originalUrl }: AskedFor): string {
  const query = new URLSearchParams(originalUrl.split('?')[1] ?? '');
  query.delete('fields');
  query.sort();
  return `${baseUrl}${path}?${query.toString()}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
