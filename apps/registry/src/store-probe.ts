import { PortolanError, type Clock, type Timer } from '@portolan/kernel';
import type { KvStore } from '@portolan/kv';
import type { Readiness } from '@portolan/telemetry';

/** How often a store elsewhere is asked whether it answers. */
const PROBE_MS = 2_000;

/** Whether a store on somebody else's cluster answers, as of the last time it was asked. */
export class StoreProbe implements Disposable {
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  #timer: Timer | undefined;
  #detail = 'it starts';
  #answersSince: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It has answered once; from now on it is asked again and again. */
  watch(store: KvStore): void {
    this.#heard('it answers');
    this.#timer = this.#clock.after(PROBE_MS, () => void this.#ask(store));
  }

  readiness(isEnding: boolean): Readiness {
    const ok = this.#answersSince !== undefined;
    const ageMs = this.#answersSince === undefined ? {} : { ageMs: Math.round(this.#clock.now() - this.#answersSince) };
    return { ready: ok && !isEnding, checks: { store: { ok, detail: this.#detail, ...ageMs } } };
  }

  [Symbol.dispose](): void {
    this.#ended.abort();
    this.#timer?.cancel();
  }

  async #ask(store: KvStore): Promise<void> {
    try {
      const { leaderId } = await store.status(this.#ended.signal);
      this.#heard(leaderId === undefined ? 'it answers, and has no leader' : 'it answers');
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      if (!(error instanceof PortolanError)) throw error;
      this.#answersSince = undefined;
      this.#detail = error.message;
    }
    this.#timer = this.#clock.after(PROBE_MS, () => void this.#ask(store));
  }

  #heard(detail: string): void {
    this.#answersSince = this.#clock.now();
    this.#detail = detail;
  }
}
