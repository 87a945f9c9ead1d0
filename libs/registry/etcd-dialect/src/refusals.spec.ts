import { TxnRequest } from '@portolan/contracts/etcd/kv';
import { AlarmRequest_AlarmAction, AlarmType } from '@portolan/contracts/etcd/maintenance';
import { startBoth, type Both } from './testing/both.ts';
import { connectEtcd, outcomeOf, type EtcdClients } from './testing/etcd-clients.ts';
import { describeWithPeers } from './testing/peers.ts';
import { everything, prepareRefusals, PUT, puts, refusals, transact, type Ask } from './testing/refusals.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

/** Of its `grpc-go`, and of ours. */
const TOO_LARGE_A_MESSAGE = /received message larger than max|the request has \d+ bytes, the limit is/;

describeWithPeers(['etcd'], 'refusals of a real etcd and of ours', () => {
  let both: Both;
  const clients: EtcdClients[] = [];
  let before: unknown;

  beforeAll(async () => {
    both = await startBoth();
    clients.push(connectEtcd(both.real.port), connectEtcd(both.ours.port));
    await Promise.all(clients.map(prepareRefusals));
    before = await Promise.all(clients.map(everything));
  });
  afterAll(async () => {
    for (const one of clients) one[Symbol.dispose]();
    await both[Symbol.asyncDispose]();
  });

  it.each(refusals())('%s', async (_name, code, text, ask) => {
    const refusal = { code, details: `etcdserver: ${text}` };
    expect(await Promise.all(clients.map(ask))).toEqual([refusal, refusal]);
  });

  it('a put of what is larger than a message may be, in words of their own', async () => {
    const asked = clients.map(({ kv }) => outcomeOf(kv, kv.put.bind(kv), { ...PUT, value: Buffer.alloc(3_000_000) }));
    for (const refusal of await Promise.all(asked)) {
      expect(refusal).toEqual({ code: 8, details: expect.stringMatching(TOO_LARGE_A_MESSAGE) as string });
    }
  });

  it('and nothing has changed by all of these', async () => {
    expect(await Promise.all(clients.map(everything))).toEqual(before);
  });

  it.each([-1n, 0n, 1n])('a time to live of %d s is raised', async (TTL) => {
    const grant: Ask = ({ lease }) => outcomeOf(lease, lease.leaseGrant.bind(lease), { ID: 100n + TTL, TTL });
    const [real, ours] = await Promise.all(clients.map(grant));
    expect(ours).toEqual(real);
    expect(ours).toMatchObject({ TTL: 2 });
  });

  it.each([0, 1, 2, 3, 4])(
    'relation %d, also one that nobody knows, of targets that are known and not',
    async (result) => {
      for (const target of [0, 3, 4, 9]) {
        for (const key of ['c', '?']) {
          const compare = [0x08, result, 0x10, target, 0x1a, key.length, ...bytes(key)];
          const request = TxnRequest.decode(Buffer.from([0x0a, compare.length, ...compare]));
          const [real, ours] = await Promise.all(clients.map(({ kv }) => outcomeOf(kv, kv.txn.bind(kv), request)));
          expect([target, key, ours]).toEqual([target, key, real]);
        }
      }
    },
  );

  it('128 operations are done', async () => {
    const [real, ours] = await Promise.all(clients.map(transact(...puts(128))));
    expect(ours).toEqual(real);
    expect(ours).toMatchObject({ succeeded: true });
  });

  it.each([
    [AlarmType.NOSPACE, 8, 'mvcc: database space exceeded'],
    // Code 15 (DATA_LOSS) of etcd's; whoever compares, compares the text.
    [AlarmType.CORRUPT, 13, 'corrupt cluster'],
  ])('puts while the alarm %d is raised', async (alarm, ourCode, text) => {
    const refused = await Promise.all(
      clients.map(async ({ maintenance, kv }) => {
        const set = (action: AlarmRequest_AlarmAction): Promise<unknown> =>
          outcomeOf(maintenance, maintenance.alarm.bind(maintenance), { action, memberID: 0n, alarm });
        await set(AlarmRequest_AlarmAction.ACTIVATE);
        const refusal = await outcomeOf(kv, kv.put.bind(kv), PUT);
        await set(AlarmRequest_AlarmAction.DEACTIVATE);
        return [refusal, await outcomeOf(kv, kv.put.bind(kv), PUT)];
      }),
    );
    const [real, ours] = refused;
    expect(real).toEqual([{ code: expect.any(Number) as number, details: `etcdserver: ${text}` }, ours?.[1]]);
    expect(ours?.[0]).toEqual({ code: ourCode, details: `etcdserver: ${text}` });
  });
});
