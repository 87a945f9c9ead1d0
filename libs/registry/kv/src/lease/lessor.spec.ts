import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { createEmbeddedStore, type EmbeddedStore } from '../embedded-store.ts';
import { createIncarnation, leaseId, type LeaseId } from '../ids.ts';
import { EXPIRIES_PER_ENTRY_MAX } from '../limits.ts';
import { openInProcessLog } from '../log/in-process-log.ts';
import type { Leadership, Log, OpenLog } from '../log/log.ts';
import type { Command } from '../machine/command.ts';
import { principal } from '../testing/shorthand.ts';

/** A log whose leader a test chooses, and which loses what it is told to. */
interface Election {
  leadership: Leadership;
  lost: (command: Command) => boolean;
  readonly expiries: number[];
}

function elected(election: Election): OpenLog {
  return (apply): Log => {
    const log = openInProcessLog((entry) => apply({ ...entry, term: election.leadership.term }));
    return {
      propose: async (command) => {
        if (election.lost(command)) throw new Error('lost');
        if (command.kind === 'expire') election.expiries.push(command.leases.length);
        return log.propose(command);
      },
      readBarrier: () => log.readBarrier(),
      leadership: () => election.leadership,
    };
  };
}

function setUp(): { clock: VirtualClock; election: Election; store: EmbeddedStore } {
  const clock = new VirtualClock();
  const rng = createSeededRng(1);
  const election: Election = {
    leadership: { term: 1, memberId: 1n, leaderId: 1n },
    lost: () => false,
    expiries: [],
  };
  const store = createEmbeddedStore({ clock, rng, incarnation: createIncarnation(rng), openLog: elected(election) });
  return { clock, election, store };
}

const ids = async (store: EmbeddedStore): Promise<readonly LeaseId[]> => (await store.leases({ principal })).ids;

describe('the lessor', () => {
  it('ends nothing while another leads', async () => {
    const { clock, election, store } = setUp();
    await store.grantLease({ principal, ttlSeconds: 10 });
    election.leadership = { term: 2, memberId: 1n, leaderId: 2n };
    await clock.advance(60_000);
    expect(await ids(store)).toHaveLength(1);
    expect(election.expiries).toEqual([]);
  });

  it('gives every lease its whole time again when it begins to lead: it has not heard the last keep-alives', async () => {
    const { clock, election, store } = setUp();
    await store.grantLease({ principal, ttlSeconds: 10 });
    await clock.advance(9_000);
    election.leadership = { term: 2, memberId: 1n, leaderId: 1n };
    await clock.advance(10_000);
    expect(await ids(store)).toHaveLength(1);
    await clock.advance(1_000);
    expect(await ids(store)).toHaveLength(0);
  });

  it('proposes again when an expiry was lost', async () => {
    const { clock, election, store } = setUp();
    await store.grantLease({ principal, ttlSeconds: 10 });
    election.lost = ({ kind }) => kind === 'expire';
    await clock.advance(15_000);
    expect(await ids(store)).toHaveLength(1);
    election.lost = () => false;
    await clock.advance(1_000);
    expect(await ids(store)).toHaveLength(0);
  });

  it('ends many leases in entries of a bounded size', async () => {
    const { clock, election, store } = setUp();
    const many = EXPIRIES_PER_ENTRY_MAX + 7;
    for (let id = 1; id <= many; id += 1)
      await store.grantLease({ principal, ttlSeconds: 10, id: leaseId(BigInt(id)) });
    await clock.advance(10_000);
    expect(await ids(store)).toHaveLength(0);
    expect(election.expiries).toEqual([EXPIRIES_PER_ENTRY_MAX, 7]);
  });

  it('keeps one timer, and none when it is closed', async () => {
    const { clock, store } = setUp();
    for (let id = 1; id <= 100; id += 1) await store.grantLease({ principal, ttlSeconds: 1 + id });
    expect(clock.pending).toBe(1);
    await store[Symbol.asyncDispose]();
    expect(clock.pending).toBe(0);
  });
});
