import { createSeededRng, type Principal } from '@portolan/kernel';
import { keyOf, oneKey, type KvStore } from '@portolan/kv';
import { acquireLock, createKvClient, type Lock } from '@portolan/kv-client';
import { kvOverGrpc } from '@portolan/native-dialect/testing';
import { connect } from '@portolan/rpc';
import { systemClock } from '@portolan/runtime';

const principal: Principal = { kind: 'service', name: 'test' };
const ROUNDS = 10;

/** Two processes, as far as the registry can tell. */
async function open(): Promise<AsyncDisposable & { readonly store: KvStore; readonly clients: readonly KvStore[] }> {
  const stack = new AsyncDisposableStack();
  const { store, server } = stack.use(await kvOverGrpc(systemClock));
  const clients = [1, 2].map((seed) => {
    const connection = stack.use(connect(`127.0.0.1:${server.port}`));
    return stack.use(createKvClient(connection, { clock: systemClock, rng: createSeededRng(seed) }));
  });
  return { store, clients, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('a lock over two clients', () => {
  it('keeps them apart, and lets each have its turn', async () => {
    await using house = await open();
    const { signal } = new AbortController();
    const turns: string[] = [];
    const tokens: number[] = [];
    let inside = 0;
    const work = async (client: KvStore, name: string): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) {
        await using lock: Lock = await acquireLock({ store: client, principal, clock: systemClock, name: 'l' }, signal);
        inside += 1;
        expect(inside).toBe(1);
        turns.push(name);
        tokens.push(lock.token);
        const key = keyOf('protected');
        const put = { kind: 'put', keyspace: 'user', key, value: Buffer.from(name) } as const;
        expect(await client.txn({ principal, compares: [lock.guard], success: [put] })).toMatchObject({
          succeeded: true,
        });
        inside -= 1;
      }
    };
    await Promise.all(house.clients.map((client, index) => work(client, String(index))));
    expect(turns).toHaveLength(2 * ROUNDS);
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    const { keyValues } = await house.store.range({ principal, keyspace: 'user', keys: oneKey(keyOf('protected')) });
    expect(keyValues[0]?.version).toBe(2 * ROUNDS);
  }, 60_000);
});
