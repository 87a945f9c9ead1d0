import { assert, epochMillis, type Clock, type EpochMillis } from '@portolan/kernel';

/** What a machine believes time to be: its oscillator runs at its own rate, its calendar is off by whatever it is off. */
export class HostTime {
  readonly #world: Clock;
  readonly #epochAtStart: number;
  #rate = 1;
  #worldAtRate: number;
  #elapsedAtRate = 0;
  #calendarOffsetMs = 0;

  constructor(world: Clock) {
    this.#world = world;
    this.#worldAtRate = world.now();
    this.#epochAtStart = world.epoch();
  }

  /** Milliseconds of the host since it was built, at whatever rates it ran. */
  elapsed(): number {
    return this.#elapsedAtRate + (this.#world.now() - this.#worldAtRate) * this.#rate;
  }

  epoch(): EpochMillis {
    return epochMillis(Math.floor(this.#epochAtStart + this.elapsed() + this.#calendarOffsetMs));
  }

  /** How long the world takes until the host has measured `hostMs`. */
  worldMs(hostMs: number): number {
    return hostMs / this.#rate;
  }

  /** @param rate 1: as the world; 1.01: a minute of the world is 60.6 s here */
  setRate(rate: number): void {
    assert(rate > 0, 'a monotonic clock never stands still');
    this.#elapsedAtRate = this.elapsed();
    this.#worldAtRate = this.#world.now();
    this.#rate = rate;
  }

  /** The calendar jumps, forwards or back; what measures durations goes on. */
  jump(byMs: number): void {
    this.#calendarOffsetMs += byMs;
  }
}
