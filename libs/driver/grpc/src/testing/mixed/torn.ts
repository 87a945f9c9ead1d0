import type { Rng } from '@portolan/kernel';
import type { Outcome } from './traffic.ts';

/** One in so many acts cuts the connections that its lane shares. */
const TORN_EVERY = 300;

/** A client that is thrown away now and then, with what is under way in it, and replaced. */
export class Replaced<Client> {
  current: Client;
  /** How often it was replaced. */
  generation = 0;
  private readonly open: () => Client;
  private readonly close: (client: Client) => Promise<void>;

  constructor(open: () => Client, close: (client: Client) => Promise<void>) {
    this.open = open;
    this.close = close;
    this.current = open();
  }

  async maybeReplace(rng: Rng): Promise<void> {
    if (rng.below(TORN_EVERY) !== 0) return;
    const { current } = this;
    this.generation += 1;
    this.current = this.open();
    await this.close(current);
  }

  dispose(): Promise<void> {
    this.generation += 1;
    return this.close(this.current);
  }
}

/** What a caller wants beside the answer. */
export interface Terms {
  readonly signal: AbortSignal;
  /** Undefined: whoever calls waits for ever. */
  readonly timeoutMs: number | undefined;
}

/** Clocks of timers and of deadlines differ by so much, ms. */
const CLOCK_MARGIN_MS = 2;

/**
 * Runs something under random terms: seven in ten have none, the others give up within milliseconds, one at once.
 * @throws what `act` does, when neither these terms nor the end of the client explain it
 */
export async function underTerms<Client>(
  replaced: Replaced<Client>,
  rng: Rng,
  act: (client: Client, terms: Terms) => Promise<Outcome>,
): Promise<Outcome> {
  await replaced.maybeReplace(rng);
  const { current, generation } = replaced;
  const chance = rng.below(20);
  const controller = new AbortController();
  const patienceMs = 1 + rng.below(25);
  const timeoutMs = chance < 2 ? patienceMs : undefined;
  const timer = setTimeout(() => {
    if (chance >= 2 && chance < 5) controller.abort();
  }, patienceMs);
  if (chance === 5) controller.abort();
  const begun = performance.now();
  try {
    return await act(current, { signal: controller.signal, timeoutMs });
  } catch (error) {
    if (controller.signal.aborted) return 'aborted';
    if (replaced.generation !== generation) return 'torn';
    if (timeoutMs !== undefined && performance.now() - begun + CLOCK_MARGIN_MS >= timeoutMs) return 'timed out';
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A size of a message or content: most are small, one in twenty is up to 2 MB. */
export const sizeOf = (rng: Rng): number => rng.below(rng.below(20) === 0 ? 2_000_000 : 4_000);
