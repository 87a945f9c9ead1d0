import type { Clock } from '@portolan/kernel';

/** Events that a failure report can look back on. Full: the oldest goes; more would only hide the cause. */
export const EVENTS_MAX = 4_096;

/** Something that happened. Formatted only when somebody reads the log: nearly every event is forgotten unread. */
export interface LoggedEvent {
  /** Time of the world, ms. */
  readonly at: number;
  describe(): string;
}

/** What happened in a world last: a ring, so that a run of hours costs no more memory than one of seconds. */
export class EventLog {
  readonly #clock: Clock;
  readonly #events: LoggedEvent[] = [];
  readonly #eventsMax: number;
  #next = 0;

  constructor(clock: Clock, eventsMax = EVENTS_MAX) {
    this.#clock = clock;
    this.#eventsMax = eventsMax;
  }

  /** @param text who, then what: `n1  crashed` */
  note(text: string): void {
    this.add({ at: this.#clock.now(), describe: () => text });
  }

  add(event: LoggedEvent): void {
    this.#events[this.#next] = event;
    this.#next = (this.#next + 1) % this.#eventsMax;
  }

  /** The last `count` events, oldest first: seconds with three decimals, then what happened. */
  lines(count = this.#eventsMax): readonly string[] {
    const held = this.#events.length;
    const wanted = Math.min(count, held);
    return Array.from({ length: wanted }, (_, index) => {
      const event = this.#events[(this.#next - wanted + index + held) % held];
      return event === undefined ? '' : `${seconds(event.at)}  ${event.describe()}`;
    });
  }
}

/** `12.330`, of 12330 ms. */
export function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}
