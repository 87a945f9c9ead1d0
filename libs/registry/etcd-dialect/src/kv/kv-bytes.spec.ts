import { PutRequest, PutResponse } from '@portolan/contracts/etcd/kv';
import { PortolanError } from '@portolan/kernel';
import { createEmbeddedStore, createIncarnation, type KvStore } from '@portolan/kv';
import { crashingStore } from '@portolan/kv/testing';
import type { BytesCall } from '@portolan/rpc';
import { systemRng as rng } from '@portolan/runtime';
import { VirtualClock } from '@portolan/virtual-world';
import { REQUEST_TIMEOUT_MS, requestLimit } from '../calls.ts';
import { Waiters } from '../concurrency/waiters.ts';
import { KvBytes } from './kv-bytes.ts';

/** A call, and what became of it. */
class WatchedCall implements BytesCall {
  readonly principal = { kind: 'anonymous' } as const;
  isOver = false;
  readonly told: string[] = [];
  readonly metadata: (name: string) => string | undefined;

  constructor(metadata: Readonly<Record<string, string>> = {}) {
    this.metadata = (name) => metadata[name];
  }

  answer(bytes: Uint8Array, start: number, end: number): void {
    const { header } = PutResponse.decode(bytes.subarray(start, end));
    this.told.push(`revision ${header?.revision}`);
  }

  refuse(error: unknown): void {
    this.told.push(error instanceof PortolanError ? error.message : 'a bug');
  }
}

interface House extends AsyncDisposable {
  readonly clock: VirtualClock;
  /** @returns whether it is answered here */
  readonly put: (call: WatchedCall, value: string) => boolean;
}

/** @param ahead what each request to the store waits for */
async function open(ahead: () => Promise<unknown>): Promise<House> {
  const clock = new VirtualClock();
  const embedded = createEmbeddedStore({ clock, rng, incarnation: createIncarnation(rng) });
  const step = async <Result>(action: () => Promise<Result>): Promise<Result> => {
    await ahead();
    return action();
  };
  const store: KvStore = crashingStore(embedded, { happened: false, step });
  const principal = { kind: 'operator', name: 'test' } as const;
  const scope = {
    store,
    cluster: undefined,
    state: undefined,
    isSecure: false,
    waiters: new Waiters(),
    clock,
    rng,
    principal,
  };
  const { handlers } = new KvBytes(
    { ...scope, administrator: principal },
    requestLimit({ ...scope, administrator: principal }),
  );
  const put = (call: WatchedCall, value: string): boolean => {
    const request = PutRequest.fromPartial({ key: Buffer.from('k'), value: Buffer.from(value) });
    const bytes = PutRequest.encode(request).finish();
    const isTaken = handlers.put?.(bytes, 0, bytes.length, call) ?? false;
    // They are lent.
    bytes.fill(0);
    return isTaken;
  };
  return { clock, put, [Symbol.asyncDispose]: () => embedded[Symbol.asyncDispose]() };
}

const settle = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

describe('requests from bytes to bytes', () => {
  it('are given up when the store takes too long, and what it says then is not heard', async () => {
    const gate = Promise.withResolvers<undefined>();
    await using house = await open(() => gate.promise);
    const [first, second] = [new WatchedCall(), new WatchedCall()];
    house.put(first, '1');
    await house.clock.advance(REQUEST_TIMEOUT_MS - 1_000);
    house.put(second, '2');
    await house.clock.advance(1_001);
    expect([first.told, second.told]).toEqual([['etcdserver: request timed out'], []]);
    gate.resolve(undefined);
    await settle();
    expect(first.told).toEqual(['etcdserver: request timed out']);
    expect(second.told).toHaveLength(1);
    await house.clock.advance(2 * REQUEST_TIMEOUT_MS);
    expect(second.told).toEqual([expect.stringMatching(/^revision \d+$/)]);
  });

  it('are answered each with its own, many at once and one after the other', async () => {
    await using house = await open(() => Promise.resolve());
    const calls = Array.from({ length: 50 }, () => new WatchedCall());
    for (const call of calls.slice(0, 40)) house.put(call, 'x');
    await settle();
    for (const call of calls.slice(40)) {
      house.put(call, 'x');
      await settle();
    }
    const first = Number(/\d+/.exec(calls[0]?.told[0] ?? '')?.[0]);
    expect(calls.map(({ told }) => told)).toEqual(calls.map((_call, index) => [`revision ${first + index}`]));
  });

  it('are left to the ordinary handler when they ask for a leader', async () => {
    await using house = await open(() => Promise.resolve());
    const call = new WatchedCall({ hasleader: 'true' });
    expect(house.put(call, 'x')).toBe(false);
    await settle();
    expect(call.told).toEqual([]);
  });

  it('are refused when the store does not say how it is', async () => {
    let asked = 0;
    await using house = await open(() => {
      asked += 1;
      return asked === 2 ? Promise.reject(new RangeError('a bug')) : Promise.resolve();
    });
    const [first, second] = [new WatchedCall(), new WatchedCall()];
    house.put(first, 'x');
    await settle();
    house.put(second, 'y');
    await settle();
    expect([first.told, second.told]).toEqual([['a bug'], [expect.stringMatching(/^revision \d+$/)]]);
  });
});
