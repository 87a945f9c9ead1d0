import type { Endpoint } from '@portolan/balancing';
import { VirtualClock } from '@portolan/virtual-world';
import { HOLD_MS, KnownItems } from './known-items.ts';
import { whichEndpoints } from './questions.ts';

const NEVER = new AbortController().signal;
const endpoint = (id: string, port = 5_000 + Number(id)): Endpoint => ({
  id,
  service: 'orders',
  address: `127.0.0.1:${port}`,
  weight: 100,
  metadata: {},
});

/** What is known after each of a few answers. */
function open(): {
  readonly clock: VirtualClock;
  readonly known: KnownItems<Endpoint>;
  readonly changes: string[];
  readonly answer: (incarnation: string, revision: number, ...ids: readonly string[]) => string;
  readonly ids: () => string;
} {
  const clock = new VirtualClock();
  const known = new KnownItems(whichEndpoints({ service: 'orders' }).kind, clock);
  const changes: string[] = [];
  const ids = (): string => (known.current()?.items ?? []).map(({ id }) => id).join(' ');
  known.subscribe(() => changes.push(ids()));
  const answer = (incarnation: string, revision: number, ...now: readonly string[]): string => {
    known.accept({ incarnation, revision, items: now.map((id) => endpoint(id)) });
    return ids();
  };
  return { clock, known, changes, answer, ids };
}

describe('what is known of a service', () => {
  it('is exactly the last answer, within one incarnation of the registry', () => {
    const { answer, changes } = open();
    expect(answer('a', 1, '1', '2')).toBe('1 2');
    expect(answer('a', 2, '2', '3')).toBe('2 3');
    expect(answer('a', 2, '2', '3')).toBe('2 3');
    expect(answer('a', 3)).toBe('');
    expect(changes).toEqual(['1 2', '2 3', '']);
  });

  it('does not go back when a node that is behind answers', () => {
    const { answer } = open();
    answer('a', 5, '1', '2');
    expect(answer('a', 3, '1')).toBe('1 2');
    expect(answer('a', 6, '2')).toBe('2');
  });

  it('keeps what an earlier incarnation had, for the hold, while the new one does not confirm it', async () => {
    const { answer, clock, ids, known } = open();
    answer('a', 7, '1', '2');
    expect(answer('b', 1)).toBe('1 2');
    expect(known.current()).toMatchObject({ incarnation: 'b', revision: 1 });
    expect(answer('b', 2, '2')).toBe('2 1');
    await clock.advance(HOLD_MS - 1);
    expect(ids()).toBe('2 1');
    await clock.advance(1);
    expect(ids()).toBe('2');
  });

  it('lets the new incarnation decide about what it has confirmed once', () => {
    const { answer } = open();
    answer('a', 7, '1', '2');
    answer('b', 1, '1');
    expect(answer('b', 2)).toBe('2');
  });

  it('no longer holds what another instance has taken the address of', () => {
    const { known, answer, ids } = open();
    answer('a', 7, '1');
    known.accept({ incarnation: 'b', revision: 1, items: [endpoint('9', 5_001)] });
    expect(ids()).toBe('9');
  });

  it('no longer holds what refused a connection; what the registry confirms stays', () => {
    const { known, answer, ids } = open();
    answer('a', 7, '1', '2');
    answer('b', 1, '2');
    known.drop('1');
    known.drop('2');
    expect(ids()).toBe('2');
  });

  it('holds over several changes of incarnation', () => {
    const { answer } = open();
    answer('a', 7, '1');
    answer('b', 1, '2');
    expect(answer('c', 1, '3')).toBe('3 2 1');
  });

  it('comes from the disk until the registry answers, and what was saved meanwhile keeps its age', async () => {
    const { known, clock, answer, ids } = open();
    expect(known.freshness()).toBeUndefined();
    const saved = { incarnation: 'a', revision: 4, items: [endpoint('1')] };
    const savedAt = clock.epoch();
    await clock.advance(60_000);
    known.restore({ answer: saved, savedAt });
    expect(known.freshness()).toEqual({ source: 'disk', ageMs: 60_000 });
    expect(known.toSave()).toEqual({ answer: saved, savedAt });
    expect(answer('b', 1, '2')).toBe('2 1');
    expect(known.freshness()).toEqual({ source: 'live', ageMs: 0 });
    known.restore({ answer: saved, savedAt });
    expect(ids()).toBe('2 1');
    // Restarted now, the hold would begin again: the file says that this was an earlier incarnation.
    expect(known.toSave()?.answer.incarnation).toBe('a');
    known.interrupted();
    await clock.advance(5_000);
    expect(known.freshness()).toEqual({ source: 'memory', ageMs: 5_000 });
  });

  it('is waited for; a refusal is told to all who wait and to who asks later, until there is an answer', async () => {
    const { known, answer } = open();
    const first = known.known(NEVER);
    known.refused(new Error('no such name'));
    await expect(first).rejects.toThrow('no such name');
    await expect(known.known(NEVER)).rejects.toThrow('no such name');
    answer('a', 1, '1');
    await expect(known.known(NEVER)).resolves.toMatchObject({ revision: 1 });
  });
});
