import type { AgentUpstream, Subscription } from '@portolan/discovery/agent';
import type { Clock, Timer } from '@portolan/kernel';
import { RegistryAwayError, RegistryRefusedError, TooManyQuestionsError } from '../errors.ts';

/** An answer that nobody has asked for so long is no longer followed. */
export const IDLE_MS = 60_000;

/** Different questions that are followed: as many as one stream to the registry carries, less that of the host. */
export const QUESTIONS_MAX = 1_000;

type Update = Parameters<Subscription['answered']>[0];

interface Entry {
  readonly name: string;
  readonly waiting: Set<() => void>;
  readonly stop: () => void;
  latest: Update | undefined;
  refused: RegistryRefusedError | undefined;
  /** Answers since the first one: a reader sees whether there is a newer one. */
  version: number;
  users: number;
  idle: Timer | undefined;
}

/**
 * What the services of this host ask, asked of the registry once, whoever asks: over the one stream of the agent. While the
 * registry is away the last answer stands.
 */
export class RelayedAnswers implements Disposable {
  readonly #upstream: Pick<AgentUpstream, 'ask' | 'state'>;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(upstream: Pick<AgentUpstream, 'ask' | 'state'>, clock: Clock) {
    this.#upstream = upstream;
    this.#clock = clock;
  }

  /** Questions that are followed now. */
  get size(): number {
    return this.#entries.size;
  }

  /** The answer now. @throws RegistryAwayError when there was none yet, RegistryRefusedError, or the signal's reason */
  async one(subject: Subscription['subject'], name: string, signal: AbortSignal | undefined): Promise<Update> {
    const entry = this.#use(subject, name);
    try {
      for (;;) {
        if (entry.refused !== undefined) throw entry.refused;
        if (entry.latest !== undefined) return entry.latest;
        if (this.#upstream.state === 'away') throw new RegistryAwayError(name);
        await this.#next(entry, signal);
      }
    } finally {
      this.#leave(entry);
    }
  }

  /** The answer now, and each newest one. Ends when `signal` aborts. @throws RegistryRefusedError */
  async *each(subject: Subscription['subject'], name: string, signal: AbortSignal): AsyncGenerator<Update, void> {
    const entry = this.#use(subject, name);
    let seen = 0;
    try {
      while (!signal.aborted) {
        if (entry.refused !== undefined) throw entry.refused;
        if (entry.latest !== undefined && entry.version !== seen) {
          seen = entry.version;
          yield entry.latest;
        } else await this.#next(entry, signal);
      }
    } catch (error) {
      if (error !== signal.reason) throw error;
    } finally {
      this.#leave(entry);
    }
  }

  [Symbol.dispose](): void {
    for (const { stop, idle } of this.#entries.values()) {
      idle?.cancel();
      stop();
    }
    this.#entries.clear();
  }

  #use(subject: Subscription['subject'], name: string): Entry {
    const key = JSON.stringify(subject);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (this.#entries.size >= QUESTIONS_MAX) throw new TooManyQuestionsError(QUESTIONS_MAX);
      entry = this.#follow(subject, name);
      this.#entries.set(key, entry);
    }
    entry.users += 1;
    entry.idle?.cancel();
    entry.idle = undefined;
    return entry;
  }

  #follow(subject: Subscription['subject'], name: string): Entry {
    const wake = (): void => {
      for (const resolve of [...entry.waiting]) resolve();
    };
    const stop = this.#upstream.ask({
      subject,
      name,
      answered: (update) => {
        entry.latest = update;
        entry.refused = undefined;
        entry.version += 1;
        wake();
      },
      refused: ({ message, fix, code }) => {
        entry.refused = new RegistryRefusedError(message, { fix, context: { reason: code } });
        wake();
      },
      // What was known stands: an absent registry empties nothing.
      interrupted: wake,
    });
    const entry: Entry = {
      name,
      stop,
      waiting: new Set(),
      latest: undefined,
      refused: undefined,
      version: 0,
      users: 0,
      idle: undefined,
    };
    return entry;
  }

  #leave(entry: Entry): void {
    entry.users -= 1;
    if (entry.users > 0) return;
    entry.idle = this.#clock.after(IDLE_MS, () => {
      entry.stop();
      for (const [key, one] of this.#entries) if (one === entry) this.#entries.delete(key);
    });
  }

  async #next(entry: Entry, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = (): void => {
      resolve(undefined);
    };
    entry.waiting.add(wake);
    signal?.addEventListener('abort', wake, { once: true });
    // A registry that turns out to be away says nothing: look again.
    const look = this.#clock.after(1_000, wake);
    await promise;
    look.cancel();
    entry.waiting.delete(wake);
    signal?.removeEventListener('abort', wake);
    signal?.throwIfAborted();
  }
}
