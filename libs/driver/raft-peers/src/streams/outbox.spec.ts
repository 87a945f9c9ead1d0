import type { EncodedMessage } from '../wire/encode-message.ts';
import { FRAME_BYTES, Outbox } from './outbox.ts';

const messageOf = (bytes: number): EncodedMessage => ({ head: new Uint8Array(0), tail: new Uint8Array(bytes) });
const KIB = 1_024;

describe('an outbox', () => {
  it('lets what is urgent go first, and bulk a frame at a time, in order', () => {
    const outbox = new Outbox({ bulkBytes: 1_000 * KIB, urgentMessages: 10 });
    const bulk = [100, 100, 100, 100].map((kib) => messageOf(kib * KIB));
    const urgent = [messageOf(20), messageOf(20)];
    for (const message of bulk) outbox.push(message, false);
    for (const message of urgent) outbox.push(message, true);
    expect(outbox.take()).toEqual([...urgent, ...bulk.slice(0, 2)]);
    expect(outbox.take()).toEqual(bulk.slice(2));
    expect(outbox.take()).toEqual([]);
    expect(outbox.bytes).toBe(0);
  });

  it('a message larger than a frame goes alone', () => {
    const outbox = new Outbox({ bulkBytes: 10 * FRAME_BYTES, urgentMessages: 10 });
    for (let count = 0; count < 2; count += 1) outbox.push(messageOf(2 * FRAME_BYTES), false);
    expect(outbox.take()).toHaveLength(1);
    expect(outbox.take()).toHaveLength(1);
  });

  it('drops bulk when it is full, and goes on taking what is urgent', () => {
    const outbox = new Outbox({ bulkBytes: 100, urgentMessages: 2 });
    // However large, an entry must be possible.
    expect(outbox.push(messageOf(1_000), false)).toBe(true);
    expect(outbox.push(messageOf(1), false)).toBe(false);
    expect([1, 2, 3].map(() => outbox.push(messageOf(20), true))).toEqual([true, true, false]);
    expect(outbox.clear()).toBe(3);
    expect(outbox.push(messageOf(1), false)).toBe(true);
    expect(outbox.bytes).toBe(1);
  });
});
