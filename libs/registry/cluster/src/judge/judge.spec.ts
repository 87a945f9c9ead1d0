import { MemberServiceService } from '@portolan/contracts/cluster';
import { startFastServer, connectFast } from '@portolan/grpc';
import { incarnation, leaseId, LeaseNotFoundError, NotLeaderError, revision, type LeaseJudge } from '@portolan/kv';
import { memberId } from '@portolan/raft';
import { implement, type RpcChannel } from '@portolan/rpc';
import { createTelemetry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import { CLUSTER_PRINCIPAL as principal } from '../cluster-principal.ts';
import { ANSWER_MS, RemoteJudge, WAITING_MAX } from './remote-judge.ts';
import { RemoteJudges } from './remote-judges.ts';
import { serveKeepAlives } from './serve-judge.ts';

const LEADER = 7n;
const HEADER = { incarnation: incarnation('here'), revision: revision(5) };
const [LIVING, ENDED, ELSEWHERE, SLOW] = [leaseId(1n), leaseId(2n), leaseId(3n), leaseId(4n)];

/** A leader, and another member's judge that asks it. */
async function asked() {
  const stack = new AsyncDisposableStack();
  const clock = new VirtualClock();
  const telemetry = stack.use(createTelemetry({ app: 'test', logLevel: 'fatal', logFormat: 'json', clock }));
  const judge: LeaseJudge = {
    keepAlive: async ({ id }, signal) => {
      if (id === ENDED) throw new LeaseNotFoundError(id);
      if (id === ELSEWHERE) throw new NotLeaderError(9n);
      if (id === SLOW) await new Promise((_resolve, reject) => signal?.addEventListener('abort', reject));
      return { ...HEADER, id, ttlSeconds: 30 };
    },
    timeToLive: async ({ id }) => ({
      ...HEADER,
      lease: id === LIVING ? { id, grantedSeconds: 30, remainingSeconds: 12 } : undefined,
    }),
  };
  let streams = 0;
  let messages = 0;
  const unused = async (): Promise<never> => Promise.reject(new Error('it is not asked'));
  const service = implement(MemberServiceService, {
    introduce: unused,
    join: unused,
    keepLeasesAlive: (requests, { signal, draining }) => {
      streams += 1;
      async function* counted() {
        for await (const request of requests) {
          messages += 1;
          yield request;
        }
      }
      return serveKeepAlives(judge, counted(), signal, draining);
    },
    judgeLease: async ({ lease }) => {
      const { lease: found } = await judge.timeToLive({ principal, id: leaseId(lease) });
      const time = found && {
        grantedSeconds: BigInt(found.grantedSeconds),
        remainingSeconds: BigInt(found.remainingSeconds),
      };
      return { header: { incarnation: HEADER.incarnation, revision: BigInt(HEADER.revision) }, time };
    },
  });
  const bind = { host: '127.0.0.1', port: 0 };
  const server = stack.use(
    await startFastServer({ bind, services: [service], logger: telemetry.logger('rpc'), drainMs: 0 }),
  );
  const channel: RpcChannel = stack.use(connectFast(`127.0.0.1:${server.port}`));
  const remote = stack.use(new RemoteJudge(LEADER, channel, clock));
  const house = stack.move();
  return {
    ...{ clock, channel, remote, server, streams: () => streams, messages: () => messages },
    [Symbol.asyncDispose]: () => house.disposeAsync(),
  };
}

describe('leases, judged by the leader for another member', () => {
  it('are kept alive on one stream, all of one turn in one message', async () => {
    await using house = await asked();
    const ask = () => house.remote.keepAlive({ principal, id: LIVING });
    const kept = await Promise.all(Array.from({ length: 500 }, ask));
    expect(kept[499]).toEqual({ ...HEADER, id: LIVING, ttlSeconds: 30 });
    expect(house.messages()).toBeLessThanOrEqual(2);
    await ask();
    expect(house.streams()).toBe(1);
  });

  it('have each their own answer', async () => {
    await using house = await asked();
    const [living, ended, elsewhere] = await Promise.allSettled(
      [LIVING, ENDED, ELSEWHERE].map((id) => house.remote.keepAlive({ principal, id })),
    );
    expect(living).toMatchObject({ status: 'fulfilled' });
    expect(ended).toMatchObject({ reason: { code: new LeaseNotFoundError(ENDED).code } });
    expect(elsewhere).toMatchObject({ reason: { leader: 9n } });
  });

  it('say how long they have, or that there are none', async () => {
    await using house = await asked();
    const living = await house.remote.timeToLive({ principal, id: LIVING });
    expect(living).toEqual({ ...HEADER, lease: { id: LIVING, grantedSeconds: 30, remainingSeconds: 12 } });
    expect(await house.remote.timeToLive({ principal, id: ENDED })).toEqual({ ...HEADER, lease: undefined });
  });

  it('fail all when the leader does not answer in time, and the next is asked on another stream', async () => {
    await using house = await asked();
    const slow = house.remote.keepAlive({ principal, id: SLOW });
    const behind = house.remote.keepAlive({ principal, id: LIVING });
    const failed = Promise.allSettled([slow, behind]);
    await house.clock.advance(ANSWER_MS + 1_000);
    for (const one of await failed) expect(one).toMatchObject({ reason: { code: new NotLeaderError(undefined).code } });
    await expect(house.remote.keepAlive({ principal, id: LIVING })).resolves.toMatchObject({ ttlSeconds: 30 });
    expect(house.streams()).toBe(2);
  });

  it('fail when the leader ends', async () => {
    await using house = await asked();
    const slow = house.remote.keepAlive({ principal, id: SLOW });
    await house.remote.timeToLive({ principal, id: LIVING });
    await Promise.all([expect(slow).rejects.toBeInstanceOf(NotLeaderError), house.server.drain()]);
  });

  it('wait no longer than who asks, and no more of them than would be answered', async () => {
    await using house = await asked();
    const leaving = new AbortController();
    const left = house.remote.keepAlive({ principal, id: SLOW }, leaving.signal);
    leaving.abort(new Error('it has left'));
    await expect(left).rejects.toThrow('it has left');
    const waiting = Array.from({ length: WAITING_MAX - 1 }, () => house.remote.keepAlive({ principal, id: SLOW }));
    const ended = Promise.allSettled(waiting);
    expect(() => house.remote.keepAlive({ principal, id: LIVING })).toThrow('keep-alives that wait for the leader');
    house.remote[Symbol.dispose]();
    for (const one of await ended) expect(one.status).toBe('rejected');
  });
});

it('one judge is kept for each leader, until another one leads or it is reached otherwise', async () => {
  await using house = await asked();
  const channels = new Map([[memberId(LEADER), house.channel]]);
  using judges = new RemoteJudges((id) => channels.get(id), house.clock);
  const judge = judges.of(LEADER);
  expect(judges.of(LEADER)).toBe(judge);
  expect(judges.of(8n)).toBeUndefined();
  const waiting = judge?.keepAlive({ principal, id: SLOW });
  channels.set(memberId(8n), house.channel);
  expect(judges.of(8n)).not.toBe(judge);
  await expect(waiting).rejects.toBeInstanceOf(NotLeaderError);
});
