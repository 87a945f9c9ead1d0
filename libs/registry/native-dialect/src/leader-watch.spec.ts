import type { PortolanError } from '@portolan/kernel';
import { CompactedError, revision, StoreClosedError, TooManyWatchersError } from '@portolan/kv';
import { VirtualClock } from '@portolan/virtual-world';
import { LeaderWatch, LOOK_AGAIN_MS, UNLED_STREAM_MS } from './leader-watch.ts';
import { CutOffStore } from './testing/cut-off-store.ts';
import { freshStore } from './testing/kv-over-grpc.ts';

const LOST = { code: 'RAFT_NO_LEADER', kind: 'unavailable' };

/** A member that is led, and what watches it. */
class Member implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly logged: string[] = [];
  readonly #embedded = freshStore(this.clock);
  readonly store = new CutOffStore(this.#embedded);
  readonly leader: LeaderWatch;

  constructor() {
    const log = (_: object, message: string): void => {
      this.logged.push(message);
    };
    this.leader = new LeaderWatch({ store: this.store, clock: this.clock, logger: { info: log, warn: log } });
  }

  static async open(): Promise<Member> {
    const member = new Member();
    await member.clock.advance(0);
    return member;
  }

  async cutOff(): Promise<void> {
    this.store.cutOff();
    await this.clock.advance(0);
  }

  follow(): { readonly told: readonly PortolanError[] } & Disposable {
    const told: PortolanError[] = [];
    const following = this.leader.follow((why) => told.push(why));
    return {
      told,
      [Symbol.dispose]: () => {
        following[Symbol.dispose]();
      },
    };
  }

  async closeStore(): Promise<void> {
    await this.#embedded[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leader[Symbol.asyncDispose]();
    await this.closeStore();
  }
}

describe('the watch for a leader', () => {
  it('tells all who follow when the leader is lost: at once, once, and by one watch of the store', async () => {
    await using member = await Member.open();
    const [one, other, ended] = [member.follow(), member.follow(), member.follow()];
    ended[Symbol.dispose]();
    expect(member.store.opened).toBe(1);
    await member.cutOff();
    expect([one.told, other.told]).toMatchObject([[LOST], [LOST]]);
    await member.clock.advance(60_000);
    expect([one.told.length, other.told.length, ended.told.length]).toEqual([1, 1, 0]);
    expect(member.logged).toEqual(['this registry has lost its leader: streams go on at another']);
  });

  it('gives who comes without a leader some time', async () => {
    await using member = await Member.open();
    await member.cutOff();
    await member.clock.advance(60_000);
    const late = member.follow();
    await member.clock.advance(UNLED_STREAM_MS - 1);
    expect(late.told).toEqual([]);
    await member.clock.advance(1);
    expect(late.told).toMatchObject([LOST]);
  });

  it('lets them go on when there is a leader in time, until it is lost too', async () => {
    await using member = await Member.open();
    await member.cutOff();
    const [late, ended] = [member.follow(), member.follow()];
    ended[Symbol.dispose]();
    member.store.rejoin();
    await member.clock.advance(LOOK_AGAIN_MS);
    expect(member.logged.at(-1)).toBe('this registry is led again');
    await member.clock.advance(10 * UNLED_STREAM_MS);
    expect(late.told).toEqual([]);
    await member.cutOff();
    expect([late.told, ended.told]).toMatchObject([[LOST], []]);
  });

  it.each([new StoreClosedError(), new TooManyWatchersError(1), new CompactedError(revision(1), revision(2))])(
    'takes no other end of its watch for one: $code',
    async (error) => {
      await using member = await Member.open();
      const one = member.follow();
      member.store.endWatches(error);
      await member.clock.advance(LOOK_AGAIN_MS - 1);
      expect([one.told.length, member.store.opened]).toEqual([0, 1]);
      await member.clock.advance(1);
      expect([one.told.length, member.store.opened]).toEqual([0, 2]);
      expect(member.logged).toEqual(['cannot watch whether this registry is led: trying again']);
      await member.cutOff();
      expect(one.told).toMatchObject([LOST]);
    },
  );

  it('says once what keeps it from watching', async () => {
    await using member = await Member.open();
    const one = member.follow();
    await member.closeStore();
    await member.clock.advance(10 * LOOK_AGAIN_MS);
    expect(member.store.opened).toBe(11);
    expect(member.logged).toEqual(['cannot watch whether this registry is led: trying again']);
    expect(one.told).toEqual([]);
  });

  it('notices that the leader was lost while it could not watch', async () => {
    await using member = await Member.open();
    const one = member.follow();
    member.store.endWatches(new TooManyWatchersError(1));
    await member.clock.advance(0);
    await member.cutOff();
    expect(one.told).toEqual([]);
    await member.clock.advance(LOOK_AGAIN_MS);
    expect(one.told).toMatchObject([LOST]);
  });

  it.each(['led', 'leaderless'])('leaves nothing behind when it is disposed of while it is %s', async (state) => {
    await using member = await Member.open();
    const before = member.clock.pending;
    if (state === 'leaderless') await member.cutOff();
    const one = member.follow();
    await member.leader[Symbol.asyncDispose]();
    expect(member.clock.pending).toBe(before);
    await member.clock.advance(60_000);
    expect(one.told).toEqual([]);
  });
});
