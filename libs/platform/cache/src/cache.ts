/**
 * Texts kept for a while. A cache answers faster or not at all: while its server is away every `get` is a miss, every `set` is
 * forgotten, and nothing throws. `describeCache` in `@portolan/cache/testing` states what each implementation promises.
 */
export interface Cache {
  /** @returns undefined when it was never there, has ended, gave way to others, or cannot be had just now */
  get(key: string): Promise<string | undefined>;
  /** @param ttlMs milliseconds; it may give way sooner */
  set(key: string, text: string, ttlMs: number): Promise<void>;
  /** While the server is away nothing is removed: what must not be seen again needs a short life too. */
  delete(key: string): Promise<void>;
}
