import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { createEmbeddedStore, type EmbeddedStore } from '../embedded-store.ts';
import { NotLeaderError, OutcomeUnknownError } from '../errors.ts';
import { createIncarnation, leaseId, type LeaseId } from '../ids.ts';
import { EXPIRIES_PER_ENTRY_MAX } from '../limits.ts';
import type { Command } from '../machine/command.ts';
import { COMMAND_FORMAT } from '../machine/command-format.ts';
import { directed, type DirectedLog } from '../testing/directed-log.ts';
import { inSlices, Replica } from '../testing/replica.ts';
import { principal } from '../testing/shorthand.ts';

function setUp(): { clock: VirtualClock; log: DirectedLog; store: EmbeddedStore } {
  const clock = new VirtualClock();
  const rng = createSeededRng(1);
  const { openLog, log } = directed();
  const store = createEmbeddedStore({ clock, rng, incarnation: createIncarnation(rng), openLog });
  return { clock, log: log(), store };
}

/** How many leases each proposed expiry was to end. */
const expiries = (log: DirectedLog): readonly number[] =>
  log.proposed.flatMap((command) => (command.kind === 'expire' ? [command.leases.length] : []));

const ids = async (store: EmbeddedStore): Promise<readonly LeaseId[]> => (await store.leases({ principal })).ids;

describe('the lessor', () => {
  it('ends nothing while another leads', async () => {
    const { clock, log, store } = setUp();
    await store.grantLease({ principal, ttlSeconds: 10 });
    log.elect(2n);
    await clock.advance(60_000);
    expect(await ids(store)).toHaveLength(1);
    expect(expiries(log)).toEqual([]);
  });

  it('gives every lease its whole time again when it begins to lead: it has not heard the last keep-alives', async () => {
    const { clock, log, store } = setUp();
    await store.grantLease({ principal, ttlSeconds: 10 });
    await clock.advance(9_000);
    log.elect(2n);
    await clock.advance(500);
    log.elect(1n, { leaseGraceMs: 1_000 });
    await clock.advance(10_999);
    expect(await ids(store)).toHaveLength(1);
    await clock.advance(1);
    expect(await ids(store)).toHaveLength(0);
  });

  it('begins no term twice', async () => {
    const { clock, log, store } = setUp();
    await store.grantLease({ principal, ttlSeconds: 10 });
    await clock.advance(9_000);
    log.machine.leadershipChanged(log.leadership());
    await clock.advance(1_000);
    expect(await ids(store)).toHaveLength(0);
  });

  it('watches what was granted while another led, and rests while another does', async () => {
    const { clock, log, store } = setUp();
    log.elect(2n);
    log.append({ kind: 'grant', id: leaseId(7n), ttlSeconds: 10 });
    expect(clock.pending).toBe(0);
    await clock.advance(60_000);
    log.elect(undefined);
    log.elect(1n);
    await clock.advance(9_999);
    expect(await ids(store)).toEqual([7n]);
    await clock.advance(1);
    expect(await ids(store)).toEqual([]);
  });

  it('waits until an entry of its term is committed', async () => {
    const { clock, log, store } = setUp();
    const { id } = await store.grantLease({ principal, ttlSeconds: 10 });
    log.elect(1n, { isEstablished: false });
    await clock.advance(60_000);
    expect(expiries(log)).toEqual([]);
    await expect(store.keepAlive({ principal, id })).rejects.toBeInstanceOf(NotLeaderError);
  });

  it('proposes again when an expiry was lost', async () => {
    const { clock, log, store } = setUp();
    await store.grantLease({ principal, ttlSeconds: 10 });
    log.lost = ({ kind }) => kind === 'expire';
    await clock.advance(15_000);
    expect(await ids(store)).toHaveLength(1);
    log.lost = () => false;
    await clock.advance(1_000);
    expect(await ids(store)).toHaveLength(0);
  });

  it('ends many leases in entries of a bounded size', async () => {
    const { clock, log, store } = setUp();
    const many = EXPIRIES_PER_ENTRY_MAX + 7;
    for (let id = 1; id <= many; id += 1)
      await store.grantLease({ principal, ttlSeconds: 10, id: leaseId(BigInt(id)) });
    await clock.advance(10_000);
    expect(await ids(store)).toHaveLength(0);
    expect(expiries(log)).toEqual([EXPIRIES_PER_ENTRY_MAX, 7]);
  });

  it('ends very many in turns, not all in one', async () => {
    const { clock, log, store } = setUp();
    const many = 10 * EXPIRIES_PER_ENTRY_MAX;
    for (let id = 1; id <= many; id += 1) log.append({ kind: 'grant', id: leaseId(BigInt(id)), ttlSeconds: 10 });
    const perTurn: number[] = [];
    let looked = 0;
    await clock.advance(9_999);
    const look = (): void => {
      perTurn.push(log.proposed.length - looked);
      looked = log.proposed.length;
      if (perTurn.length < 10) clock.after(0, look);
    };
    looked = log.proposed.length;
    clock.after(1, look);
    await clock.advance(1);
    expect(expiries(log)).toEqual(Array.from({ length: 10 }, () => EXPIRIES_PER_ENTRY_MAX));
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(4);
    expect(await ids(store)).toEqual([]);
  });

  it('confirms a lease again whose expiry was refused where nobody heard of it', async () => {
    const { clock, log, store } = setUp();
    log.append({ kind: 'activate', format: COMMAND_FORMAT });
    const { id } = await store.grantLease({ principal, ttlSeconds: 10 });
    const unheard: Command[] = [];
    log.lost = (command) => command.kind === 'expire' && unheard.push(command) > 0;
    log.lostWith = () => new OutcomeUnknownError(new Error('no quorum in time'));
    await clock.advance(10_000);
    const confirmed = store.keepAlive({ principal, id });
    log.append({ kind: 'raise-alarm', alarm: { kind: 'corrupt', memberId: 2n, keyspace: undefined } });
    for (const command of unheard) log.append(command);
    expect(await confirmed).toMatchObject({ id, ttlSeconds: 10 });
    expect(unheard).toHaveLength(1);
  });

  it('goes on with the leases of a state that takes the place of its own', async () => {
    const { clock, log, store } = setUp();
    const leader = new Replica();
    const grant = (id: bigint): Command => ({ kind: 'grant', id: leaseId(id), ttlSeconds: 10 });
    for (const id of [1n, 9n, 5n]) {
      leader.apply(grant(id));
      log.append(grant(id));
    }
    await clock.advance(4_000);
    leader.applyAll([{ kind: 'revoke', id: leaseId(9n) }, { kind: 'revoke', id: leaseId(5n) }, grant(5n), grant(2n)]);
    await log.restore(inSlices(leader.machine.snapshot()), leader.machine.index);
    await clock.advance(6_000);
    expect(await ids(store)).toEqual([2n, 5n]);
    await clock.advance(4_000);
    expect(await ids(store)).toEqual([]);
    expect(expiries(log)).toEqual([1, 2]);
  });

  it('takes up many leases in slices, and knows each from the first moment', async () => {
    const { clock, log, store } = setUp();
    log.elect(2n);
    const many = 5_000;
    for (let id = 1; id <= many; id += 1) log.append({ kind: 'grant', id: leaseId(BigInt(id)), ttlSeconds: 10 });
    await clock.advance(60_000);
    log.elect(1n, { leaseGraceMs: 1_000 });
    const last = leaseId(BigInt(many));
    const beforeLast = leaseId(BigInt(many - 1));
    expect(await store.timeToLive({ principal, id: beforeLast })).toMatchObject({ lease: { remainingSeconds: 11 } });
    await store.revokeLease({ principal, id: beforeLast });
    expect(await store.keepAlive({ principal, id: last })).toMatchObject({ ttlSeconds: 10 });
    await clock.advance(10_999);
    expect(await ids(store)).toHaveLength(many - 1);
    await clock.advance(1);
    expect(await ids(store)).toEqual([]);
    expect(expiries(log).reduce((sum, count) => sum + count, 0)).toBe(many - 1);
  });

  it('takes up nothing more once it has lost its leadership', async () => {
    const { clock, log } = setUp();
    log.elect(2n);
    for (let id = 1; id <= 5_000; id += 1) log.append({ kind: 'grant', id: leaseId(BigInt(id)), ttlSeconds: 10 });
    log.elect(1n);
    // One of them looks whether all members are of one version.
    expect(clock.pending).toBe(3);
    log.elect(2n);
    expect(clock.pending).toBe(0);
  });

  it('keeps one timer, and none when it is closed', async () => {
    const { clock, log, store } = setUp();
    log.append({ kind: 'activate', format: COMMAND_FORMAT });
    for (let id = 1; id <= 100; id += 1) await store.grantLease({ principal, ttlSeconds: 1 + id });
    expect(clock.pending).toBe(1);
    await store[Symbol.asyncDispose]();
    expect(clock.pending).toBe(0);
    log.elect(1n);
    expect(clock.pending).toBe(0);
  });
});
