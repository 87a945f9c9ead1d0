import { createSeededRng } from '@portolan/kernel';
import { createKvClient } from '@portolan/kv-client';
import { describeKvStore, type StoreUnderTest } from '@portolan/kv/testing';
import { VirtualClock } from '@portolan/virtual-world';
import { kvOverGrpc } from '@portolan/native-dialect/testing';

/** A store behind a real server, seen through a real connection. */
async function open(): Promise<StoreUnderTest> {
  const clock = new VirtualClock();
  const stack = new AsyncDisposableStack();
  const { connection } = stack.use(await kvOverGrpc(clock));
  const client = stack.use(createKvClient(connection, { clock, rng: createSeededRng(1) }));
  return {
    store: client,
    advance: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describeKvStore('the store over gRPC', open, 15);
