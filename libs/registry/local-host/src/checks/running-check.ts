import type { Health } from '@portolan/catalog';
import type { Clock, Rng, Timer } from '@portolan/kernel';
import type { CheckDefinition, LocalCheck } from '../model.ts';
import { probeOf } from '../probes/probe-of.ts';
import { critical, type ProbeResult } from '../probes/probe.ts';
import { cutOutput } from './output.ts';
import { ProbeLoop } from './probe-loop.ts';
import { Threshold } from './threshold.ts';

export interface RunningCheckOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  /** Its status became another one. */
  changed(): void;
  /** It has been critical for as long as `deregisterAfterMs`. */
  overdue(): void;
}

/** A check, and whatever finds its status. */
export class RunningCheck implements Disposable {
  readonly definition: CheckDefinition;
  readonly #options: RunningCheckOptions;
  readonly #threshold: Threshold;
  readonly #loop: Disposable | undefined;
  #silence: Timer | undefined;
  #overdue: Timer | undefined;
  #status: Health;
  #output: string;
  #since: number;
  #found = false;

  /** @param known its status from before a restart */
  constructor(definition: CheckDefinition, options: RunningCheckOptions, known?: Omit<LocalCheck, 'definition'>) {
    const { clock, rng } = options;
    this.definition = definition;
    this.#options = options;
    this.#threshold = new Threshold(definition);
    this.#status = known?.status ?? definition.initialStatus;
    this.#output = known?.output ?? '';
    this.#since = known?.since ?? clock.epoch();
    if (definition.kind === 'ttl') this.#awaitReport(definition.ttlMs);
    else if (definition.kind !== 'alias') {
      const { intervalMs, timeoutMs } = definition;
      const found = (result: ProbeResult): void => {
        this.found(result);
      };
      this.#loop = new ProbeLoop({ clock, rng, intervalMs, timeoutMs, probe: probeOf(definition), found });
    }
    this.#mindOverdue();
  }

  /** Its status is what was found, not what was assumed at the start. */
  get settled(): boolean {
    return this.#found || this.#loop === undefined;
  }

  get state(): LocalCheck {
    const { definition } = this;
    return { definition, status: this.#status, output: this.#output, since: this.#since };
  }

  /** One result of it: of a probe, of a report, of what it is an alias for. */
  found({ status, output }: ProbeResult): void {
    if (this.definition.kind === 'ttl') this.#awaitReport(this.definition.ttlMs);
    this.#found = true;
    const next = this.#threshold.next(this.#status, status);
    // The newest output is shown where one looks; only a transition is published.
    this.#output = cutOutput(output);
    if (next === this.#status) return;
    this.#status = next;
    this.#since = this.#options.clock.epoch();
    this.#mindOverdue();
    this.#options.changed();
  }

  [Symbol.dispose](): void {
    this.#loop?.[Symbol.dispose]();
    this.#silence?.cancel();
    this.#overdue?.cancel();
  }

  #awaitReport(ttlMs: number): void {
    this.#silence?.cancel();
    if (ttlMs === 0) return;
    this.#silence = this.#options.clock.after(ttlMs, () => {
      this.found(critical(`no report within ${ttlMs} ms`));
    });
  }

  #mindOverdue(): void {
    const { deregisterAfterMs } = this.definition;
    this.#overdue?.cancel();
    this.#overdue = undefined;
    if (this.#status !== 'critical' || deregisterAfterMs === 0) return;
    const leftMs = this.#since + deregisterAfterMs - this.#options.clock.epoch();
    this.#overdue = this.#options.clock.after(leftMs, () => {
      this.#options.overdue();
    });
  }
}
