import type { Http2Wire } from '@portolan/http';
import { LimitExceededError } from '@portolan/rpc';

/**
 * Messages of the largest size that one connection may make us hold: requests that are not whole, answers that it does not take.
 * Full: its next call is refused. One that takes nothing and asks for more would else have 1,024 of 4 MiB held for it.
 */
export const HELD_MESSAGES_MAX = 32;

/** What one call makes us hold for its caller, counted together with what the other calls of its connection do. */
export class Holding {
  private readonly bytesMax: number;
  private wire: Pick<Http2Wire<unknown>, 'heldBytes'> | undefined;
  private bytes = 0;

  constructor(messageBytes: number) {
    this.bytesMax = messageBytes * HELD_MESSAGES_MAX;
  }

  begin(wire: Pick<Http2Wire<unknown>, 'heldBytes'>): void {
    this.wire = wire;
    this.bytes = 0;
  }

  /** It holds so much now. */
  set(bytes: number): void {
    const { wire } = this;
    if (wire === undefined || bytes === this.bytes) return;
    wire.heldBytes += bytes - this.bytes;
    this.bytes = bytes;
  }

  /** The call is over. */
  end(): void {
    this.set(0);
    this.wire = undefined;
  }

  /** Before it holds more. @throws LimitExceededError */
  check(): void {
    const { wire, bytesMax } = this;
    if (wire === undefined || wire.heldBytes <= bytesMax) return;
    throw new LimitExceededError(`${wire.heldBytes} bytes are held for this connection, the limit is ${bytesMax}`, {
      fix: 'take answers as they come, end requests that were begun, or make fewer large calls at a time',
      context: { limit: 'heldBytes', max: bytesMax },
    });
  }
}
