import fc from 'fast-check';
import { createSeededRng, type Rng } from '@portolan/kernel';
import { checkWatches, type WatchGuarantee } from './check-watches.ts';
import { isAskedFor, trueEvents } from './true-events.ts';
import type { TrueRevision, WatchedBatch, WatchedEvent, WatchedKeyValue, WatchedStream } from './watched-stream.ts';

/** a is created at 2, changed with b at 3, deleted at 5, created again at 6; c at 4 is nobody's business. */
const TRUTH: readonly TrueRevision[] = [
  { revision: 2, changes: [{ key: 'a', value: '1' }] },
  {
    revision: 3,
    changes: [
      { key: 'a', value: '2' },
      { key: 'b', value: '1' },
    ],
  },
  { revision: 4, changes: [{ key: 'c', value: '1' }] },
  { revision: 5, changes: [{ key: 'a', value: undefined }] },
  { revision: 6, changes: [{ key: 'a', value: '3' }] },
];

type Ask = Partial<Omit<WatchedStream, 'batches'>>;

/** What a store without faults sends: each revision a batch, `previous` when asked for. */
function perfect(truth: readonly TrueRevision[], ask: Ask = {}): WatchedStream & { readonly batches: WatchedBatch[] } {
  const stream = { watcher: 'w', from: 1, matches: (key: string) => key !== 'c', ...ask, batches: [] };
  const sent = trueEvents(truth).filter((event) => event.modRevision >= stream.from && isAskedFor(stream, event));
  const events = sent.map((event) => ({ ...event, previous: ask.previous === true ? event.previous : undefined }));
  const batches = truth.map(({ revision }) => ({ events: events.filter((one) => one.modRevision === revision) }));
  return { ...stream, batches: batches.filter((batch) => batch.events.length > 0) };
}

const guarantees = (stream: WatchedStream, truth = TRUTH): WatchGuarantee[] => [
  ...new Set(checkWatches(truth, [stream]).map(({ guarantee }) => guarantee)),
];

type Change = (batches: WatchedBatch[]) => readonly (WatchedBatch | undefined)[];

const changed = (ask: Ask, change: Change): WatchedStream => {
  const stream = perfect(TRUTH, ask);
  return { ...stream, batches: change(stream.batches).filter((batch) => batch !== undefined) };
};
/** `change` to every put of the batch, and of it to every delete what was before. */
const edit = (
  batch: WatchedBatch | undefined,
  change: Partial<WatchedKeyValue> & Pick<WatchedEvent, 'previous'>,
): WatchedBatch => ({
  events:
    batch?.events.map((one) => (one.kind === 'put' ? { ...one, ...change } : { ...one, previous: change.previous })) ??
    [],
});
const upTo = (revision: number): WatchedBatch => ({ events: [], upTo: revision });

describe('checkWatches', () => {
  it.each<[string, WatchedStream]>([
    ['everything', perfect(TRUTH)],
    ['puts alone', perfect(TRUTH, { events: 'puts' })],
    ['deletes alone, with what was before', perfect(TRUTH, { events: 'deletes', previous: true })],
    ['from the middle', perfect(TRUTH, { from: 3 })],
    ['from the future', perfect(TRUTH, { from: 99, settledAt: 99 })],
    ['not at the end yet', changed({}, (batches) => batches.slice(0, 2))],
    [
      'with bookmarks',
      changed({}, ([two, three, ...rest]) => [upTo(1), two, upTo(2), three, upTo(3), upTo(4), ...rest]),
    ],
    [
      'two revisions in a batch',
      changed({}, ([two, three, ...rest]) => [{ events: [...(two?.events ?? []), ...(three?.events ?? [])] }, ...rest]),
    ],
    [
      'a revision in marked fragments',
      changed({}, ([two, three, ...rest]) => [
        two,
        { events: three?.events.slice(0, 1) ?? [], isFragment: true },
        { events: three?.events.slice(1) ?? [] },
        ...rest,
      ]),
    ],
  ])('accepts %s', (_what, stream) => {
    expect(checkWatches(TRUTH, [stream])).toEqual([]);
  });

  it.each<[WatchGuarantee, string, WatchedStream]>([
    ['ordered', 'revision 3 after 5', changed({}, ([two, three, five, six]) => [two, five, three, six])],
    ['unique', 'an event twice', changed({}, ([two, ...rest]) => [two, ...rest, two])],
    ['unique', 'an event twice at once', changed({}, ([two, ...rest]) => [two, two, ...rest])],
    [
      'atomic',
      'a revision in two batches',
      changed({}, ([two, three, ...rest]) => [
        two,
        { events: three?.events.slice(0, 1) ?? [] },
        { events: three?.events.slice(1) ?? [] },
        ...rest,
      ]),
    ],
    [
      'atomic',
      'half of a revision',
      changed({}, ([two, three, ...rest]) => [two, { events: three?.events.slice(0, 1) ?? [] }, ...rest]),
    ],
    ['reliable', 'a gap', changed({}, ([two, , ...rest]) => [two, ...rest])],
    ['reliable', 'the end missing, after all time', changed({ settledAt: 6 }, (batches) => batches.slice(0, 3))],
    ['reliable', 'nothing at all, after all time', changed({ settledAt: 6 }, () => [])],
    ['resumable', 'the beginning missing', changed({ from: 2 }, (batches) => batches.slice(1))],
    ['resumable', 'something from before it', { ...perfect(TRUTH), from: 3 }],
    ['bookmarkable', 'a bookmark too early', changed({}, ([two, ...rest]) => [two, upTo(3), ...rest])],
    ['bookmarkable', 'a bookmark past the last event', changed({}, (batches) => [...batches.slice(0, 3), upTo(6)])],
    ['filter', 'a key not asked for', { ...perfect(TRUTH), matches: (key) => key === 'a' }],
    ['filter', 'a kind not asked for', { ...perfect(TRUTH), events: 'puts' }],
    ['previous', 'left out', { ...perfect(TRUTH), previous: true }],
    ['previous', 'not asked for', { ...perfect(TRUTH, { previous: true }), previous: false }],
    [
      'previous',
      'of another time',
      changed({ previous: true }, ([two, three, five, six]) => [
        two,
        three,
        edit(five, { previous: { value: '1', createRevision: 2, modRevision: 2, version: 1 } }),
        six,
      ]),
    ],
    [
      'is-create',
      'a change that claims to be the first',
      changed({}, ([two, three, ...rest]) => [
        two,
        { events: three?.events.map((event) => (event.key === 'a' ? { ...event, createRevision: 3 } : event)) ?? [] },
        ...rest,
      ]),
    ],
    [
      'is-create',
      'a second life that claims to be the first',
      changed({}, ([two, three, five, six]) => [two, three, five, edit(six, { createRevision: 2 })]),
    ],
    ['true', 'another value', changed({}, ([two, ...rest]) => [edit(two, { value: 'x' }), ...rest])],
    ['true', 'another version', changed({}, ([two, ...rest]) => [edit(two, { version: 2 }), ...rest])],
    [
      'true',
      'what never happened',
      changed({}, (batches) => [...batches, edit(batches[0], { modRevision: 7, createRevision: 7 })]),
    ],
  ])('names %s: %s', (guarantee, _what, stream) => {
    const named = guarantees(stream);
    expect(named).toContain(guarantee);
  });

  it('says what is wrong, where', () => {
    const late = changed({}, ([two, , ...rest]) => [two, upTo(3), ...rest]);
    expect(checkWatches(TRUTH, [{ ...late, watcher: 'w1' }])).toEqual([
      { watcher: 'w1', guarantee: 'bookmarkable', what: 'put a at 3 has not come before the bookmark 3' },
      { watcher: 'w1', guarantee: 'bookmarkable', what: 'put b at 3 has not come before the bookmark 3' },
      { watcher: 'w1', guarantee: 'reliable', what: 'put a at 3 is missing, revision 6 has come' },
      { watcher: 'w1', guarantee: 'reliable', what: 'put b at 3 is missing, revision 6 has come' },
    ]);
  });

  it('says of an event that comes after its bookmark that it was missing there, and that it comes late', () => {
    const late = changed({ from: 5 }, ([five, ...rest]) => [upTo(5), five, ...rest]);
    expect(checkWatches(TRUTH, [late]).map(({ what }) => what)).toEqual([
      'delete a at 5 has not come before the bookmark 5',
      'delete a at 5 comes after the bookmark 5',
    ]);
  });
});

function anyTruth(rng: Rng): readonly TrueRevision[] {
  const alive = new Set<string>();
  return Array.from({ length: 30 }, (_, index) => {
    const keys = ['a', 'b', 'c', 'd'].filter((_key, at) => rng.below(3) === 0 || at === index % 4);
    const changes = keys.map((key) => {
      const isDeleted = alive.delete(key) && rng.below(2) === 0;
      if (!isDeleted) alive.add(key);
      return { key, value: isDeleted ? undefined : `${index}` };
    });
    return { revision: 2 + 2 * index + rng.below(2), changes };
  });
}

function anyAsk(rng: Rng): Ask {
  return {
    from: rng.below(20),
    previous: rng.below(2) === 0,
    events: (['all', 'puts', 'deletes'] as const)[rng.below(3)] ?? 'all',
    settledAt: 100,
  };
}

describe('checkWatches, of streams by chance', () => {
  it('accepts what a store without faults sends, and refuses it without any one batch, or with two of them exchanged', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const rng = createSeededRng(seed);
        const truth = anyTruth(rng);
        const stream = perfect(truth, anyAsk(rng));
        expect(guarantees(stream, truth)).toEqual([]);
        for (const [index, batch] of stream.batches.entries()) {
          expect(guarantees({ ...stream, batches: stream.batches.toSpliced(index, 1) }, truth)).not.toEqual([]);
          const next = stream.batches[index + 1];
          if (next === undefined) continue;
          const exchanged = stream.batches.with(index, next).with(index + 1, batch);
          expect(guarantees({ ...stream, batches: exchanged }, truth)).toEqual(['ordered']);
        }
      }),
      { numRuns: 50 },
    );
  });
});
