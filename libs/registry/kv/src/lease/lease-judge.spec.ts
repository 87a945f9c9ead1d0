import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { createEmbeddedStore, type EmbeddedStore, type EmbeddedStoreOptions } from '../embedded-store.ts';
import { LeaseNotFoundError, NotLeaderError, OutcomeUnknownError } from '../errors.ts';
import { createIncarnation, leaseId, type LeaseId } from '../ids.ts';
import { directed, type DirectedLog } from '../testing/directed-log.ts';
import { principal } from '../testing/shorthand.ts';
import type { LeaseJudge } from './lease-judge.ts';

interface Member {
  readonly clock: VirtualClock;
  readonly log: DirectedLog;
  readonly store: EmbeddedStore;
  readonly id: LeaseId;
}

/** With one lease of ten seconds. */
async function member(options: Partial<EmbeddedStoreOptions> = {}): Promise<Member> {
  const clock = new VirtualClock();
  const rng = createSeededRng(1);
  const { openLog, log } = directed();
  const store = createEmbeddedStore({ clock, rng, incarnation: createIncarnation(rng), openLog, ...options });
  const { id } = await store.grantLease({ principal, ttlSeconds: 10 });
  return { clock, log: log(), store, id };
}

describe('a member that does not lead', () => {
  it('confirms no keep-alive, and names who does', async () => {
    const { log, store, id } = await member();
    log.elect(2n);
    await expect(store.keepAlive({ principal, id })).rejects.toMatchObject({
      code: 'KV_NOT_LEADER',
      kind: 'unavailable',
      leader: 2n,
      message: expect.stringContaining('member 2 does') as string,
    });
    log.elect(undefined);
    await expect(store.keepAlive({ principal, id })).rejects.toMatchObject({
      code: 'KV_NOT_LEADER',
      leader: undefined,
    });
  });

  it('knows whether a lease exists, but not how long it lives', async () => {
    const { log, store, id } = await member();
    log.elect(2n);
    expect(await store.timeToLive({ principal, id: leaseId(5n) })).toMatchObject({ lease: undefined });
    await expect(store.timeToLive({ principal, id })).rejects.toBeInstanceOf(NotLeaderError);
    expect((await store.leases({ principal })).ids).toEqual([id]);
  });

  it('asks the leader where it can, and is asked only for itself', async () => {
    const leader = await member();
    const asked: bigint[] = [];
    const follower = await member({
      leaseJudgeOf: (leaderId): LeaseJudge | undefined => {
        asked.push(leaderId);
        return leaderId === 2n ? leader.store.leaseJudge : undefined;
      },
    });
    follower.log.elect(2n);
    await leader.clock.advance(4_000);
    const { id } = leader;
    expect(await follower.store.timeToLive({ principal, id })).toMatchObject({ lease: { remainingSeconds: 6 } });
    expect(await follower.store.keepAlive({ principal, id })).toMatchObject({ id, ttlSeconds: 10 });
    expect(await leader.store.timeToLive({ principal, id })).toMatchObject({ lease: { remainingSeconds: 10 } });
    await expect(follower.store.keepAlive({ principal, id: leaseId(5n) })).rejects.toBeInstanceOf(LeaseNotFoundError);
    expect(asked).toEqual([2n, 2n, 2n]);
    await expect(follower.store.leaseJudge.keepAlive({ principal, id })).rejects.toBeInstanceOf(NotLeaderError);
    expect(asked).toHaveLength(3);
  });

  it('lets in only who may ask, also when another member asks for them', async () => {
    const asked: string[] = [];
    const { store, id } = await member({ authorize: (who) => asked.push(who.kind) });
    const ada = { kind: 'user', name: 'ada' } as const;
    await store.leaseJudge.keepAlive({ principal: ada, id });
    await store.leaseJudge.timeToLive({ principal: ada, id });
    expect(asked).toEqual(['anonymous', 'user', 'user']);
  });
});

describe('a leader', () => {
  it('that was deposed without noticing confirms nothing: it first hears that it leads', async () => {
    const { clock, log, store, id } = await member();
    await clock.advance(9_000);
    const gate = Promise.withResolvers<undefined>();
    log.barrier = gate.promise;
    const answer = store.keepAlive({ principal, id });
    // Long enough for an answer that waits for nothing.
    await clock.advance(500);
    log.elect(2n);
    gate.resolve(undefined);
    await expect(answer).rejects.toMatchObject({ code: 'KV_NOT_LEADER', leader: 2n });
  });

  it('that was deposed and elected again meanwhile lets the client ask once more', async () => {
    const { log, store, id } = await member();
    const gate = Promise.withResolvers<undefined>();
    log.barrier = gate.promise;
    const answer = store.keepAlive({ principal, id });
    log.elect(2n);
    log.elect(1n);
    gate.resolve(undefined);
    await expect(answer).rejects.toBeInstanceOf(NotLeaderError);
    expect(await store.keepAlive({ principal, id })).toMatchObject({ id });
  });

  it('whose expiry of a lease is under way does not confirm it before that is decided', async () => {
    const { clock, log, store, id } = await member();
    const decided = Promise.withResolvers<undefined>();
    log.hold = decided.promise;
    await clock.advance(10_000);
    const answer = store.keepAlive({ principal, id });
    decided.resolve(undefined);
    await expect(answer).rejects.toBeInstanceOf(LeaseNotFoundError);
  });

  it('whose expiry of a lease is not answered in time, and may still come to pass, does not confirm it', async () => {
    const { clock, log, store, id } = await member();
    log.hold = Promise.reject(new OutcomeUnknownError('no quorum has committed it in time'));
    await clock.advance(12_000);
    const expiries = log.proposed.filter(({ kind }) => kind === 'expire');
    expect(expiries).toHaveLength(1);
    const answer = store.keepAlive({ principal, id }).catch((error: unknown) => error);
    await clock.advance(500);
    for (const expiry of expiries) log.append(expiry);
    expect(await answer).toBeInstanceOf(LeaseNotFoundError);
  });

  it('does not confirm one lease because another, whose expiry is under way with it, was revoked', async () => {
    const { clock, log, store, id } = await member();
    const { id: other } = await store.grantLease({ principal, ttlSeconds: 10 });
    const decided = Promise.withResolvers<undefined>();
    log.hold = decided.promise;
    await clock.advance(10_000);
    const answer = store.keepAlive({ principal, id }).catch((error: unknown) => error);
    await clock.advance(10);
    log.append({ kind: 'revoke', id: other });
    await clock.advance(10);
    decided.resolve(undefined);
    expect(await answer).toBeInstanceOf(LeaseNotFoundError);
  });

  it('whose expiry of a lease is lost with its leadership says so, not that the lease is gone', async () => {
    const { clock, log, store, id } = await member();
    const decided = Promise.withResolvers<undefined>();
    log.hold = decided.promise;
    log.lost = ({ kind }) => kind === 'expire';
    await clock.advance(10_000);
    const answer = store.keepAlive({ principal, id });
    log.elect(2n);
    decided.resolve(undefined);
    await expect(answer).rejects.toBeInstanceOf(NotLeaderError);
    expect((await store.leases({ principal })).ids).toEqual([id]);
  });
});
