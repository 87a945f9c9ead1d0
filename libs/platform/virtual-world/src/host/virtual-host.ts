import { assert, createSeededRng, type Clock, type Rng } from '@portolan/kernel';
import type { Disk } from '@portolan/storage';
import { VirtualDisk, type VirtualDiskOptions } from '../disk/virtual-disk.ts';
import type { EventLog } from '../log/event-log.ts';
import { HostLife } from './host-life.ts';
import { HostTime } from './host-time.ts';

export interface VirtualHostOptions {
  readonly name: string;
  /** The world's. */
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log?: EventLog;
  readonly disk?: Omit<VirtualDiskOptions, 'clock' | 'rng'>;
}

export type HostState = 'running' | 'paused' | 'down';

/**
 * A machine: a drive and a clock that last, and one process at a time, its *life*. It is built running its first.
 * A process takes `host.life` (or its `clock`, `disk`, `rng`) once, when it starts, and keeps it: that is what dies with it.
 */
export class VirtualHost {
  readonly name: string;
  /** What outlives every life; where its faults are set. */
  readonly drive: VirtualDisk;
  readonly #world: Clock;
  readonly #time: HostTime;
  readonly #rng: Rng;
  readonly #log: EventLog | undefined;
  #life: HostLife;

  constructor(options: VirtualHostOptions) {
    this.name = options.name;
    this.#world = options.clock;
    this.#time = new HostTime(options.clock);
    this.#log = options.log;
    this.#rng = createSeededRng(options.rng.below(2 ** 32));
    const driveRng = createSeededRng(options.rng.below(2 ** 32));
    this.drive = new VirtualDisk({ ...options.disk, clock: options.clock, rng: driveRng });
    this.#life = this.#begin(1);
  }

  /** The present one; while the host is down, the last. */
  get life(): HostLife {
    return this.#life;
  }

  get state(): HostState {
    if (!this.#life.isAlive) return 'down';
    return this.#life.isPaused ? 'paused' : 'running';
  }

  /** Of the present life. */
  get clock(): Clock {
    return this.#life.clock;
  }

  /** Of the present life. */
  get disk(): Disk {
    return this.#life.disk;
  }

  /** Of the present life. */
  get rng(): Rng {
    return this.#life.rng;
  }

  /** Power fails: timers, deliveries and disk operations under way are gone, and of what was not synced the disk loses what it may. */
  crash(): void {
    if (this.state === 'down') return;
    this.#life.end();
    const lost = this.drive.crash();
    this.#log?.note(`${this.name}  power lost, ${lost}`);
  }

  /** kill -9: as `crash`, but the kernel lives on, and with it every write that has resolved. */
  kill(): void {
    if (this.state === 'down') return;
    this.#life.end();
    this.drive.killed();
    this.#log?.note(`${this.name}  killed`);
  }

  /** A new process on what the disk has. @returns its life */
  restart(): HostLife {
    assert(this.state === 'down', `${this.name} has to crash before it can restart`);
    this.#life = this.#begin(this.#life.number + 1);
    this.#log?.note(`${this.name}  started, life ${this.#life.number}`);
    return this.#life;
  }

  /** SIGSTOP. What falls due waits; time goes on. Nothing when it is not running. */
  pause(): void {
    if (this.state !== 'running') return;
    this.#life.pause();
    this.#log?.note(`${this.name}  paused`);
  }

  /** SIGCONT: all that waited comes at once. Nothing when it is not paused. */
  resume(): void {
    if (this.state !== 'paused') return;
    this.#life.resume();
    this.#log?.note(`${this.name}  resumed`);
  }

  /** @param rate 1: as the world; 1.01: one per cent fast. Timers set before fall due by the new rate */
  setClockRate(rate: number): void {
    this.#time.setRate(rate);
    this.#life.clock.rateChanged();
    this.#log?.note(`${this.name}  clock runs at ${rate}`);
  }

  /** The calendar (`epoch`) is set by somebody; what measures durations (`now`, timers) goes on. */
  jumpCalendar(byMs: number): void {
    this.#time.jump(byMs);
    this.#log?.note(`${this.name}  calendar jumps by ${byMs} ms`);
  }

  #begin(number: number): HostLife {
    return new HostLife({
      host: this.name,
      number,
      world: this.#world,
      time: this.#time,
      rng: this.#rng,
      drive: this.drive,
    });
  }
}
