import type { ConnectError, PoolBusyError, PoolClosedError } from './client-errors.ts';

/** Who waits for room. Full: the next is refused, since a longer queue only turns overload into latency. */
export const WAITERS_MAX = 4_096;
/** So many places of who was served are given back at once. */
const SERVED_MAX = 1_024;

/** Somebody who is told in the end why there is no room, unless there was. */
export interface Waiter {
  onNoRoom(error: ConnectError | PoolBusyError | PoolClosedError): void;
}

/** First come, first served. Hot path: nothing is moved or allocated for each. */
export class WaiterQueue<W extends Waiter> {
  private readonly waiting: (W | undefined)[] = [];
  private served = 0;

  get size(): number {
    return this.waiting.length - this.served;
  }

  get isFull(): boolean {
    return this.size >= WAITERS_MAX;
  }

  push(waiter: W): void {
    this.waiting.push(waiter);
  }

  shift(): W | undefined {
    const waiter = this.waiting[this.served];
    if (waiter === undefined) return undefined;
    this.waiting[this.served] = undefined;
    this.served += 1;
    if (this.size === 0 || this.served === SERVED_MAX) {
      this.waiting.splice(0, this.served);
      this.served = 0;
    }
    return waiter;
  }

  /** Waits no more. */
  forget(waiter: W): void {
    const at = this.waiting.indexOf(waiter, this.served);
    if (at >= 0) this.waiting.splice(at, 1);
  }

  /** Tells all who wait now that there is none. */
  refuse(error: ConnectError | PoolClosedError): void {
    const waiting = this.waiting.splice(0).slice(this.served);
    this.served = 0;
    for (const waiter of waiting) waiter?.onNoRoom(error);
  }
}
