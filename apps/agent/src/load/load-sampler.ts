import { cpus, freemem, totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock, Timer } from '@portolan/kernel';
import { LoadWeight } from './load-weight.ts';

/** Long enough for a share of time to mean something, short enough to notice a rush. */
export const SAMPLE_MS = 2_000;
/** Weight of the newest sample: a rush counts fully after some ten seconds. */
const ALPHA = 0.4;

export interface HostLoad {
  /** 0 to 1, of all cores. */
  readonly cpu: number;
  /** 0 to 1 */
  readonly memory: number;
  /** How late timers are on this host, p99 of the last sample. */
  readonly eventLoopDelayMs: number;
  /** Of the weight of each service so much is asked for. */
  readonly weightPercent: number;
}

/** Busy and all time of all cores, ms since boot. */
export type CpuTimes = () => { readonly busy: number; readonly total: number };

const systemCpuTimes: CpuTimes = () => {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.irq + times.idle;
    total += all;
    busy += all - times.idle;
  }
  return { busy, total };
};

/** How loaded this host is, smoothed. */
export class LoadSampler implements Disposable {
  readonly #clock: Clock;
  readonly #cpuTimes: CpuTimes;
  readonly #delay = monitorEventLoopDelay({ resolution: 10 });
  readonly #weight = new LoadWeight();
  readonly #sampled: (load: HostLoad) => void;
  #before: ReturnType<CpuTimes>;
  #timer: Timer;
  #load: HostLoad = { cpu: 0, memory: memoryUsed(), eventLoopDelayMs: 0, weightPercent: 100 };

  constructor(clock: Clock, sampled: (load: HostLoad) => void, cpuTimes = systemCpuTimes) {
    this.#clock = clock;
    this.#sampled = sampled;
    this.#cpuTimes = cpuTimes;
    this.#before = cpuTimes();
    this.#delay.enable();
    this.#timer = this.#later();
  }

  get load(): HostLoad {
    return this.#load;
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#delay.disable();
  }

  #later(): Timer {
    return this.#clock.after(SAMPLE_MS, () => {
      this.#sample();
      this.#timer = this.#later();
    });
  }

  #sample(): void {
    const now = this.#cpuTimes();
    const elapsed = now.total - this.#before.total;
    const busy = elapsed > 0 ? (now.busy - this.#before.busy) / elapsed : 0;
    this.#before = now;
    const cpu = this.#load.cpu + ALPHA * (busy - this.#load.cpu);
    const eventLoopDelayMs = this.#delay.percentile(99) / 1e6;
    this.#delay.reset();
    this.#load = { cpu, memory: memoryUsed(), eventLoopDelayMs, weightPercent: this.#weight.next(cpu) };
    this.#sampled(this.#load);
  }
}

const memoryUsed = (): number => 1 - freemem() / totalmem();
