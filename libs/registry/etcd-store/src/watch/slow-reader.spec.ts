import { ANONYMOUS as principal } from '@portolan/kernel';
import { incarnation, keyOf, keysWithPrefix, revision, type WatchRequest } from '@portolan/kv';
import { WatchReader } from '@portolan/kv/testing';
import { KeyMapping } from '../mapping/key-mapping.ts';
import { describeWithEtcd } from '../testing/describe-with-etcd.ts';
import { opened } from '../testing/opened.ts';
import { StreamedWatch } from './streamed-watch.ts';

const MEBIBYTE = 1024 ** 2;
/** Several times what is kept for a reader. */
const PUTS = 16;

const request: WatchRequest = { principal, keyspace: 'user', keys: keysWithPrefix(keyOf('')) };

describe('a watch whose reader takes nothing', () => {
  const received = (modRevision: bigint): Parameters<StreamedWatch['receive']>[0] => {
    const kv = { key: Buffer.from('a'), value: Buffer.alloc(MEBIBYTE), createRevision: 2n, version: 1n, lease: 0n };
    const about = { watchId: 1n, created: false, canceled: false, compactRevision: 0n, cancelReason: '' };
    const events = [{ type: 0, kv: { ...kv, modRevision }, prevKv: undefined } as const];
    return { header: undefined, ...about, fragment: false, events };
  };

  it('is full after 4 MiB, and goes on after the last it has', () => {
    const watch = new StreamedWatch(request, new KeyMapping(keyOf('')), revision(2));
    for (let at = 2n; at <= 4n; at += 1n) watch.receive(received(at));
    expect([watch.isFull, watch.next]).toEqual([false, 5]);
    watch.receive(received(5n));
    expect([watch.isFull, watch.next]).toEqual([true, 6]);
    expect(watch.create(2n).startRevision).toBe(6n);
  });

  it('does not take what it has already', () => {
    const watch = new StreamedWatch(request, new KeyMapping(keyOf('')), revision(2));
    for (const at of [2n, 3n, 3n, 2n, 4n]) watch.receive(received(at));
    const taken = [1, 2, 3, 4].map(() => watch.take(WHATEVER)?.revision);
    expect(taken).toEqual([2, 3, 4, undefined]);
  });
});

const WHATEVER = incarnation('whatever');

describeWithEtcd('a watch on an etcd whose reader is slow', (running) => {
  it('has all of it, in order, once it is read', async () => {
    await using store = await opened(running().endpoints);
    await using reader = await new WatchReader(store, request).created();
    const value = new Uint8Array(MEBIBYTE);
    for (let index = 0; index < PUTS; index += 1) {
      await store.txn({ principal, success: [{ kind: 'put', keyspace: 'user', key: keyOf('a'), value }] });
    }
    const events = await reader.until(PUTS);
    expect(events.map((event) => event.kind === 'put' && event.keyValue.version)).toEqual(
      Array.from({ length: PUTS }, (_, index) => index + 1),
    );
  });
});
