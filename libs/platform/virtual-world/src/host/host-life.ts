import { assert, type Clock, type Rng } from '@portolan/kernel';
import type { Disk } from '@portolan/storage';
import type { VirtualDisk } from '../disk/virtual-disk.ts';
import type { Gate, Source } from '../gate.ts';
import type { HostTime } from './host-time.ts';
import { LifeClock } from './life-clock.ts';

/** In which order a process that was stopped finds what has come meanwhile: libuv's has changed with its version and phase. */
const RESUME_ORDERS: readonly (readonly Source[])[] = [[], ['timer'], ['delivery', 'disk']];

interface Waiting {
  readonly source: Source;
  readonly callback: () => void;
}

interface LifeParts {
  readonly host: string;
  readonly number: number;
  readonly world: Clock;
  readonly time: HostTime;
  readonly rng: Rng;
  readonly drive: VirtualDisk;
}

/**
 * One process on a host, from start to crash. Its clock, disk and endpoints act in its name: once it has ended, what is left
 * of its code can neither send, write nor fire; what it awaits never comes.
 */
export class HostLife implements Gate {
  readonly host: string;
  /** 1 for the first, one more after each restart. */
  readonly number: number;
  readonly clock: LifeClock;
  readonly disk: Disk;
  readonly rng: Rng;
  readonly #world: Clock;
  #state: 'running' | 'paused' | 'ended' = 'running';
  #waiting: Waiting[] = [];

  constructor(parts: LifeParts) {
    this.host = parts.host;
    this.number = parts.number;
    this.rng = parts.rng;
    this.#world = parts.world;
    this.clock = new LifeClock(parts.world, parts.time, (callback) => {
      this.enter('timer', callback);
    });
    this.disk = parts.drive.mount(this);
  }

  get isAlive(): boolean {
    return this.#state !== 'ended';
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  enter(source: Source, callback: () => void): void {
    if (this.#state === 'running') callback();
    else if (this.#state === 'paused') this.#waiting.push({ source, callback });
  }

  /** For a simulation that calls the code of this process itself, not by a message: it waits while the process is stopped. */
  run(callback: () => void): void {
    this.enter('call', callback);
  }

  pause(): void {
    assert(this.#state === 'running', 'only a running process can be stopped');
    this.#state = 'paused';
  }

  /** All that has come meanwhile comes now: each thing in a step of its own, so that what it causes settles. */
  resume(): void {
    assert(this.#state === 'paused', 'only a stopped process can go on');
    this.#state = 'running';
    const first = RESUME_ORDERS[this.rng.below(RESUME_ORDERS.length)] ?? [];
    const waiting = this.#waiting;
    this.#waiting = [];
    const isFirst = ({ source }: Waiting): boolean => first.includes(source);
    for (const { source, callback } of [...waiting.filter(isFirst), ...waiting.filter((one) => !isFirst(one))]) {
      this.#world.after(0, () => {
        this.enter(source, callback);
      });
    }
  }

  end(): void {
    this.#state = 'ended';
    this.#waiting = [];
    this.clock.end();
  }
}
