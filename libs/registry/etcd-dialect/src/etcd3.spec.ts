import { Etcd3, type Lease } from 'etcd3';
import { startBoth, type Both } from './testing/both.ts';
import { describeWithPeers } from './testing/peers.ts';

/** The same on a real etcd and on ours, by npm's most used client. */
describeWithPeers(['etcd'], 'npm etcd3 on a real etcd and on ours', () => {
  let both: Both;
  beforeAll(async () => {
    both = await startBoth();
  });
  afterAll(() => both[Symbol.asyncDispose]());

  /** @returns what each made of it; the real one's first */
  async function onBoth<Result>(run: (client: Etcd3) => Promise<Result>): Promise<[Result, Result]> {
    const results: Result[] = [];
    for (const { port } of [both.real, both.ours]) {
      const client = new Etcd3({ hosts: `127.0.0.1:${port}` });
      try {
        results.push(await run(client));
      } finally {
        client.close();
      }
    }
    const [real, ours] = results;
    if (real === undefined || ours === undefined) throw new Error('both were asked');
    return [real, ours];
  }

  it('keys: put, get, all, delete, conditions', async () => {
    const [real, ours] = await onBoth(async (client) => {
      await client.put('kv/a').value('1');
      await client.put('kv/b').value(Buffer.from([0, 255]));
      const told: unknown[] = [
        await client.get('kv/a').string(),
        await client.get('kv/a').number(),
        await client.get('kv/none'),
        await client.getAll().prefix('kv/').strings(),
        await client.getAll().prefix('kv/').sort('Mod', 'Descend').limit(1).keys(),
        await client.getAll().prefix('kv/').count(),
        (await client.if('kv/a', 'Value', '==', '1').then(client.put('kv/a').value('2')).commit()).succeeded,
        (
          await client
            .if('kv/a', 'Version', '==', 1)
            .then(client.put('kv/a').value('3'))
            .else(client.get('kv/a'))
            .commit()
        ).responses.length,
      ];
      const deleted = await client.delete().prefix('kv/').getPrevious();
      told.push(
        deleted.map(({ key }) => key.toString()),
        (await client.delete().all()).deleted,
      );
      return told;
    });
    expect(ours).toEqual(real);
  });

  it('namespaces', async () => {
    const [real, ours] = await onBoth(async (client) => {
      const space = client.namespace('space/');
      await space.put('x').value('y');
      return [await space.getAll().strings(), await client.getAll().prefix('space/').strings(), await space.get('x')];
    });
    expect(ours).toEqual(real);
  });

  it('watches: many on one stream, cancelled one by one', async () => {
    const [real, ours] = await onBoth(async (client) => {
      const [first, second] = await Promise.all([
        client.watch().prefix('watch/').withPreviousKV().create(),
        client.watch().key('watch/2').only('delete').create(),
      ]);
      const told: string[] = [];
      const seen = (count: number): Promise<void> =>
        new Promise((resolve) => {
          const note = (what: string) => (kv: { readonly key: Buffer; readonly value: Buffer }) => {
            told.push(`${what} ${kv.key.toString()} ${kv.value.toString()}`);
            if (told.length === count) resolve();
          };
          first.on('put', note('first put'));
          first.on('delete', note('first delete'));
          second.on('put', note('second put'));
          second.on('delete', note('second delete'));
        });
      const all = seen(5);
      await client.put('watch/1').value('a');
      await client.put('watch/2').value('b');
      await client.delete().key('watch/2');
      await client.delete().key('watch/1');
      await all;
      await first.cancel();
      await second.cancel();
      return told.toSorted();
    });
    expect(ours).toEqual(real);
    expect(ours).toHaveLength(5);
  });

  it('leases: kept alive, and their keys gone with them', async () => {
    const [real, ours] = await onBoth(async (client) => {
      const lease: Lease = client.lease(60);
      await lease.put('leased').value('x');
      const id = await lease.grant();
      const refreshed = await lease.keepaliveOnce();
      const held = await client.get('leased').string();
      await lease.revoke();
      const gone = await client.get('leased').string();
      return [/^\d+$/.test(id), refreshed.TTL, held, gone];
    });
    expect(ours).toEqual(real);
  });

  /** A short one: a lease that was just renewed when it is released leaves a timer of its length behind. */
  const lockOf = (client: Etcd3) => client.lock('mutex').ttl(1);

  it('locks: one holder at a time', async () => {
    const [real, ours] = await onBoth(async (client) => {
      const first = await lockOf(client).acquire();
      const refused: unknown = await lockOf(client)
        .acquire()
        .then(
          () => 'acquired',
          (error: unknown) => (error instanceof Error ? error.constructor.name : error),
        );
      await first.release();
      const value = await lockOf(client).do(() => Promise.resolve('inside'));
      return [refused, value];
    });
    expect(ours).toEqual(real);
    expect(ours).toEqual(['EtcdLockFailedError', 'inside']);
  });

  it('elections: the next one leads when the first resigns', async () => {
    const [real, ours] = await onBoth(async (client) => {
      const election = client.election('office', 10);
      const campaign = (name: string) => {
        const running = election.campaign(name);
        const elected = new Promise((resolve) => {
          running.on('elected', () => {
            resolve(undefined);
          });
        });
        return { running, elected };
      };
      const ada = campaign('ada');
      await ada.elected;
      const told = [await election.leader()];
      const grace = campaign('grace');
      await ada.running.resign();
      await grace.elected;
      told.push(await election.leader());
      await grace.running.resign();
      return told;
    });
    expect(ours).toEqual(real);
    expect(ours).toEqual(['ada', 'grace']);
  });
});
