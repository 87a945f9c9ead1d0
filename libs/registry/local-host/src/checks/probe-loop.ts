import type { Clock, Rng } from '@portolan/kernel';
import { sleep } from '@portolan/runtime';
import { FIRST_PROBE_MS_MAX, JITTER } from '../limits.ts';
import { critical, type Probe, type ProbeResult } from '../probes/probe.ts';

export interface ProbeLoopOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly probe: Probe;
  readonly found: (result: ProbeResult) => void;
}

/** Probes again and again until it is disposed; a probe that takes longer than its time-out is critical. */
export class ProbeLoop implements Disposable {
  readonly #options: ProbeLoopOptions;
  readonly #stop = new AbortController();

  constructor(options: ProbeLoopOptions) {
    this.#options = options;
    void this.#run();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { clock, rng, intervalMs, found } = this.#options;
    const stop = this.#stop.signal;
    const pause = (ms: number): Promise<void> => sleep(clock, ms, stop).catch(() => undefined);
    await pause(rng.float() * Math.min(intervalMs, FIRST_PROBE_MS_MAX));
    while (!stop.aborted) {
      const result = await this.#once();
      // A function: TypeScript believes that what it saw before an await still holds.
      const stopped = (): boolean => stop.aborted;
      if (stopped()) return;
      found(result);
      await pause(intervalMs * (1 + JITTER * (2 * rng.float() - 1)));
    }
  }

  async #once(): Promise<ProbeResult> {
    const { clock, timeoutMs, probe } = this.#options;
    const late = new AbortController();
    const { promise: tooLate, resolve: giveUp } = Promise.withResolvers<ProbeResult>();
    const timer = clock.after(timeoutMs, () => {
      late.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError'));
      giveUp(critical(`no answer within ${timeoutMs} ms`));
    });
    const looked = probe(AbortSignal.any([this.#stop.signal, late.signal])).catch((error: unknown) =>
      critical(error instanceof Error ? error.message : String(error)),
    );
    try {
      return await Promise.race([looked, tooLate]);
    } finally {
      timer.cancel();
    }
  }
}
