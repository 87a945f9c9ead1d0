import fc from 'fast-check';
import { logIndex } from './ids.ts';
import { InFlight } from './in-flight.ts';
import { Progress } from './progress.ts';

const progressAt = (match: number, next: number, state: 'probe' | 'replicate' = 'probe'): Progress => {
  const progress = new Progress(logIndex(next), new InFlight(4, 1_000));
  progress.match = logIndex(match);
  if (state === 'replicate') progress.becomeReplicate();
  progress.next = logIndex(next);
  return progress;
};

describe('an answer', () => {
  it.each([
    [3, 7, 5, true, 5, 7],
    [3, 7, 9, true, 9, 10],
    [3, 7, 3, false, 3, 7],
    [3, 7, 1, false, 3, 7],
  ])('match %i, next %i: up to %i is new: %s; match %i, next %i', (match, next, index, isNew, thenMatch, thenNext) => {
    const progress = progressAt(match, next);
    expect(progress.matched(logIndex(index))).toBe(isNew);
    expect([progress.match, progress.next]).toEqual([thenMatch, thenNext]);
  });
});

describe('a refusal', () => {
  it.each([
    ['of the probe that was sent', 2, 8, 7, 5, true, 6],
    ['of one that was sent before', 2, 8, 6, 5, false, 8],
    ['with a hint that says nothing', 2, 8, 7, 9, true, 7],
    ['with a hint below what is known', 4, 8, 7, 0, true, 5],
  ] as const)('while probing, %s', (_, match, next, previous, hint, isNew, thenNext) => {
    const progress = progressAt(match, next);
    progress.probed = true;
    expect(progress.refused(logIndex(previous), logIndex(hint))).toBe(isNew);
    expect([progress.next, progress.probed]).toEqual([thenNext, !isNew]);
  });

  it('while replicating: begins to probe after what is known, unless that is refused', () => {
    const progress = progressAt(4, 9, 'replicate');
    expect(progress.refused(logIndex(4), logIndex(1))).toBe(false);
    expect(progress.state).toBe('replicate');
    expect(progress.refused(logIndex(6), logIndex(1))).toBe(true);
    expect([progress.state, progress.next]).toEqual(['probe', 5]);
  });

  it('while a snapshot is under way says nothing', () => {
    const progress = progressAt(0, 9);
    progress.becomeSnapshot(logIndex(5));
    expect(progress.refused(logIndex(8), logIndex(0))).toBe(false);
    expect(progress.state).toBe('snapshot');
  });
});

describe('a snapshot', () => {
  it('that was sent is gone on from, after one answer', () => {
    const progress = progressAt(2, 4);
    progress.becomeSnapshot(logIndex(9));
    progress.snapshotSent();
    expect(progress).toMatchObject({ state: 'probe', next: 10, probed: true, snapshotIndex: 0 });
  });

  it('that failed is tried again with the next heartbeat', () => {
    const progress = progressAt(2, 4);
    progress.becomeSnapshot(logIndex(9));
    progress.snapshotTicks = 3;
    progress.snapshotFailed();
    expect(progress).toMatchObject({ state: 'probe', next: 3, probed: true, snapshotTicks: 0 });
  });
});

it('knows less than it sends, whatever happens: match < next, and match never falls', () => {
  const index = fc.nat(20).map(logIndex);
  const steps = fc.oneof(
    index.map((at) => (progress: Progress) => void progress.matched(at)),
    fc.tuple(index, index).map(
      ([a, b]) =>
        (progress: Progress) =>
          void progress.refused(a, b),
    ),
    fc.constant((progress: Progress) => {
      progress.becomeProbe();
    }),
    fc.constant((progress: Progress) => {
      progress.becomeReplicate();
    }),
    index.map((at) => (progress: Progress) => {
      progress.becomeSnapshot(at);
    }),
    fc.constant((progress: Progress) => {
      progress.snapshotSent();
    }),
    fc.constant((progress: Progress) => {
      progress.snapshotFailed();
    }),
  );
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 40 }), (script) => {
      const progress = progressAt(0, 5);
      let before = 0;
      for (const step of script) {
        step(progress);
        expect(progress.next).toBeGreaterThan(progress.match);
        expect(progress.match).toBeGreaterThanOrEqual(before);
        before = progress.match;
      }
    }),
  );
});
