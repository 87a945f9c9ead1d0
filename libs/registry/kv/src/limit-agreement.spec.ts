import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import { createEmbeddedStore, type EmbeddedStore } from './embedded-store.ts';
import { QuotaExceededError } from './errors.ts';
import { createIncarnation } from './ids.ts';
import { FIRST_LIMITS } from './limits.ts';
import { directed, type DirectedLog } from './testing/directed-log.ts';
import { put, putOne, write } from './testing/shorthand.ts';

function open(quotaBytes: number, leaderId = 1n): { clock: VirtualClock; store: EmbeddedStore; log: DirectedLog } {
  const rng = createSeededRng(1);
  const incarnation = createIncarnation(rng);
  const { openLog, log } = directed(leaderId);
  const clock = new VirtualClock();
  const store = createEmbeddedStore({ clock, rng, incarnation, openLog, limits: { quotaBytes } });
  return { clock, store, log: log() };
}

const limitsOf = ({ proposed }: DirectedLog): readonly number[] =>
  proposed.flatMap((command) => (command.kind === 'limit' ? [command.limits.quotaBytes] : []));

describe('limits that decide what commands come to', () => {
  it('are those of who leads, before its first command', async () => {
    const { store, log } = open(3);
    await expect(putOne(store, 'a', '123')).rejects.toBeInstanceOf(QuotaExceededError);
    await putOne(store, 'a', '12');
    expect(limitsOf(log)).toEqual([3]);
  });

  it('need not be said when they are the first ones', async () => {
    const { store, log } = open(FIRST_LIMITS.quotaBytes);
    await putOne(store, 'a', '1');
    expect(limitsOf(log)).toEqual([]);
  });

  it('are the same for members with other settings, also when one applies the log again', async () => {
    const leader = open(3);
    await putOne(leader.store, 'a', '12');
    await write(leader.store, put('b', '12')).catch(() => undefined);
    const [follower, restarted] = [open(1_000, 2n), open(2, 2n)];
    for (const { log } of [follower, restarted]) for (const command of leader.log.proposed) log.append(command);
    expect(follower.log.proposed).toEqual([]);
    const { sha256 } = leader.store.hash();
    expect([follower.store.hash().sha256, restarted.store.hash().sha256]).toEqual([sha256, sha256]);
  });

  it('change when another leads, and are said again when they were lost', async () => {
    const { clock, store, log } = open(3);
    await clock.advance(0);
    log.elect(2n);
    log.append({ kind: 'limit', limits: { ...FIRST_LIMITS, quotaBytes: 100 } });
    expect(limitsOf(log)).toEqual([3]);
    log.lost = ({ kind }) => kind === 'limit';
    log.elect(1n);
    await clock.advance(0);
    log.lost = () => false;
    await putOne(store, 'a', '12345');
    await clock.advance(0);
    expect(limitsOf(log)).toEqual([3, 3, 3]);
    await expect(putOne(store, 'a', '123456')).rejects.toBeInstanceOf(QuotaExceededError);
    await putOne(store, 'a', '1234');
  });
});
