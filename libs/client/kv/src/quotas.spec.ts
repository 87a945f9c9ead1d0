import { createSeededRng } from '@portolan/kernel';
import { createEmbeddedStore, createIncarnation } from '@portolan/kv';
import { describeQuotas, type StoreUnderTest } from '@portolan/kv/testing';
import { kvOverGrpc } from '@portolan/native-dialect/testing';
import { VirtualClock } from '@portolan/virtual-world';
import { createKvClient } from './kv-client.ts';

const ROOM_BYTES = 10;

/** A store with little room behind a real server, seen through a real connection. */
async function open(): Promise<StoreUnderTest> {
  const clock = new VirtualClock();
  const rng = createSeededRng(1);
  const stack = new AsyncDisposableStack();
  const little = stack.use(
    createEmbeddedStore({ clock, rng, incarnation: createIncarnation(rng), limits: { quotaBytes: ROOM_BYTES } }),
  );
  const { connection } = stack.use(await kvOverGrpc(clock, little));
  return {
    store: stack.use(createKvClient(connection, { clock, rng })),
    advance: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describeQuotas('the store over gRPC', open, ROOM_BYTES);
