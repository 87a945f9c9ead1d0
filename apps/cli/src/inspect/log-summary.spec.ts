import {
  firstConfiguration,
  logIndex,
  memberId,
  term,
  type Configuration,
  type Entry,
  type MemberId,
} from '@portolan/raft';
import { encodeEntry, encodeHardState, encodeIdentity, encodeMark } from '@portolan/raft-driver/testing';
import type { WalRecord } from '@portolan/storage';
import { DAMAGES_MAX } from './damage.ts';
import { EntryWindow } from './entry-window.ts';
import { LogSummary } from './log-summary.ts';

const ids = (...numbers: number[]): MemberId[] => numbers.map((number) => memberId(BigInt(number)));
const MEMBERS = firstConfiguration(ids(1, 2, 3));

const command = (index: number, inTerm: number, text = ''): WalRecord =>
  encodeEntry({ kind: 'command', index: logIndex(index), term: term(inTerm), data: Buffer.from(text) });
const configured = (index: number, inTerm: number, configuration: Configuration): WalRecord => {
  const entry: Entry = {
    kind: 'configuration',
    index: logIndex(index),
    term: term(inTerm),
    configuration,
    context: Buffer.from('address'),
  };
  return encodeEntry(entry);
};
const state = (inTerm: number, vote: number | undefined, committed: number): WalRecord =>
  encodeHardState({
    term: term(inTerm),
    vote: vote === undefined ? undefined : memberId(BigInt(vote)),
    committed: logIndex(committed),
  });
const mark = (index: number, inTerm: number, origin: 'taken' | 'installed'): WalRecord =>
  encodeMark({ index: logIndex(index), term: term(inTerm), origin });
const start = (count: number, member = 1): WalRecord =>
  encodeIdentity({ clusterId: 7n, memberId: memberId(BigInt(member)), start: count, first: MEMBERS });

/** One batch each, 100 bytes apart; those of a new segment are in lists, the first of each is what it begins with. */
function summarize(
  segments: readonly (readonly (readonly WalRecord[])[])[],
  entries = { from: 1, limit: 100 },
): { readonly log: LogSummary; readonly window: EntryWindow; readonly errors: readonly string[] } {
  const window = new EntryWindow(entries);
  const log = new LogSummary('/data', window);
  for (const [segment, batches] of segments.entries()) {
    for (const [at, records] of batches.entries()) {
      log.take({ segment: segment + 1, offset: 64 + at * 100, carried: at === 0, records });
    }
  }
  log.end();
  const errors = log.errors.map(({ error, place }) => `${place.segment}/${place.offset}: ${error.message}`);
  return { log, window, errors };
}

describe('what a log comes to', () => {
  it('is what later records say, where they take the place of earlier ones', () => {
    const joint: Configuration = { ...MEMBERS, voters: ids(1, 2, 4), outgoing: ids(1, 2, 3) };
    const { log, window, errors } = summarize([
      [
        [],
        [start(1)],
        [command(1, 1), command(2, 1, 'two'), configured(3, 1, joint), state(1, 2, 1)],
        [command(3, 2, 'three'), command(4, 2), state(2, undefined, 2)],
      ],
      [[state(2, undefined, 2), start(1)], [start(2)], [state(3, 1, 4)]],
    ]);
    expect(errors).toEqual([]);
    expect(log.identity).toMatchObject({ start: 2, memberId: 1n });
    expect(log.hardState).toEqual({ term: 3, vote: 1n, committed: 4 });
    expect(log.range).toEqual({ first: 1, last: 4 });
    expect(log.terms).toEqual({ first: 1, last: 2 });
    expect([0, 1, 2, 3, 4, 5].map((index) => log.termAt(logIndex(index)))).toEqual([undefined, 1, 1, 2, 2, undefined]);
    expect(log.configuration).toBeUndefined();
    expect([1, 2].map((segment) => log.entriesOf(segment))).toEqual([{ first: 1, last: 4 }, undefined]);
    expect(window.lines.map(({ index, term: inTerm, bytes }) => [index, inTerm, bytes])).toEqual([
      [1, 1, 0],
      [2, 1, 3],
      [3, 2, 5],
      [4, 2, 0],
    ]);
  });

  it('knows the configuration that the log holds last', () => {
    const next = firstConfiguration(ids(1, 2));
    const { log, window, errors } = summarize([
      [[], [start(1)], [command(1, 1), configured(2, 1, next), state(1, 1, 1)]],
    ]);
    expect(errors).toEqual([]);
    expect(log.configuration).toMatchObject({ index: 2, configuration: next });
    expect(window.lines[1]).toEqual({ index: 2, term: 1, kind: 'configuration', bytes: 7, configuration: next });
  });

  it('begins anew behind a snapshot of a leader', () => {
    const { log, window, errors } = summarize([
      [[], [start(1)], [command(1, 1), command(2, 1), state(1, 1, 2)]],
      [
        [state(1, 1, 2), start(1)],
        [mark(50, 4, 'installed'), state(4, undefined, 50)],
        [command(51, 4), state(4, 3, 51)],
      ],
    ]);
    expect(errors).toEqual([]);
    expect(log.range).toEqual({ first: 51, last: 51 });
    expect(log.terms).toEqual({ first: 4, last: 4 });
    expect(log.mark).toEqual({ index: 50, term: 4, origin: 'installed' });
    expect(window.lines.map(({ index }) => index)).toEqual([51]);
  });

  it('takes what the first segment that is left begins with', () => {
    const { log, errors } = summarize([
      [
        [state(5, 2, 120), mark(110, 4, 'taken'), start(3)],
        [command(100, 4), state(5, 2, 120)],
        [...Array.from({ length: 25 }, (_, index) => command(101 + index, 4)), state(5, 2, 121)],
      ],
    ]);
    expect(errors).toEqual([]);
    expect(log.identity?.start).toBe(3);
    expect(log.range).toEqual({ first: 100, last: 125 });
  });

  it('takes what a segment behind a gap begins with, and tells the gap once', () => {
    const { log, errors } = summarize([
      [[], [start(1)], [command(1, 1), state(1, 1, 1)]],
      [
        [state(3, 2, 8), start(2)],
        [command(9, 3), state(3, 2, 9)],
      ],
    ]);
    expect(errors).toEqual(['2/164: the log in /data is incomplete: entry 9 follows 1']);
    expect(log.hardState).toEqual({ term: 3, vote: 2n, committed: 9 });
    expect(log.identity?.start).toBe(2);
  });
});

const BEGUN = [[], [start(1)], [command(1, 1), command(2, 1), state(1, 1, 2)]];

it.each([
  { what: 'a gap', batch: [command(4, 1)], told: 'the log in /data is incomplete: entry 4 follows 2' },
  { what: 'a term that falls', batch: [state(0, undefined, 2)], told: 'the term falls from 1 to 0' },
  { what: 'a commit index that falls', batch: [state(1, 1, 1)], told: 'what is committed falls from 2 to 1' },
  { what: 'two votes in a term', batch: [state(1, 2, 2)], told: 'the vote of term 1 changes from 1 to 2' },
  { what: 'a vote taken back', batch: [state(1, undefined, 2)], told: 'the vote of term 1 changes from 1 to nobody' },
  {
    what: 'a committed entry that is replaced',
    batch: [command(2, 2), state(2, undefined, 2)],
    told: 'entry 2 of term 2 takes the place of a committed one of term 1',
  },
  {
    what: 'entries whose terms fall',
    batch: [command(3, 3), command(4, 2), state(3, undefined, 2)],
    told: 'entry 4 is of term 2, and the one before it of term 3',
  },
  { what: 'a skipped start', batch: [start(3)], told: 'start 3 follows start 1' },
  {
    what: 'another owner',
    batch: [start(2, 5)],
    told: 'the log in /data belongs to member 1 of cluster 7, not to member 5 of cluster 7',
  },
  {
    what: 'a snapshot of another term',
    batch: [mark(2, 9, 'taken'), state(9, undefined, 2)],
    told: 'the snapshot at 2 is of term 9, and the entry there of term 1',
  },
  {
    what: 'a snapshot of what is not there',
    batch: [mark(9, 1, 'taken')],
    told: 'a snapshot was taken at 9, and the last entry is 2',
  },
  {
    what: 'a snapshot that an older one follows',
    batch: [mark(2, 1, 'taken'), mark(1, 1, 'taken')],
    told: 'the snapshot at 1 follows that at 2',
  },
  {
    what: 'an entry of no known kind',
    batch: [{ type: 1, data: Buffer.from([9, ...new Uint8Array(16)]) }],
    told: "a record of the log (entry) can't be read: its kind is unknown",
  },
])('tells $what, where it is', ({ batch, told }) => {
  expect(summarize([[...BEGUN, batch]]).errors).toContain(`1/364: ${told}`);
});

it.each([
  {
    what: 'more is committed than is there',
    batches: [[], [start(1)], [command(1, 1), state(1, 1, 3)]],
    told: '1/264: the log in /data is incomplete: 3 was committed, and the last entry is 1',
  },
  {
    what: 'more is committed than is there, as the segment begins with',
    batches: [[state(1, 1, 9), mark(5, 1, 'taken'), start(1)], [command(6, 1)]],
    told: '1/64: the log in /data is incomplete: 9 was committed, and the last entry is 6',
  },
  {
    what: 'a term below that of an entry',
    batches: [[], [start(1)], [command(1, 4), state(1, 1, 1)]],
    told: '1/264: the term is 1, and that of an entry 4',
  },
  {
    what: 'a log that does not go on from its snapshot',
    batches: [
      [mark(5, 1, 'taken'), start(1)],
      [command(9, 1), state(1, 1, 9)],
    ],
    told: '1/164: the log in /data is incomplete: its first entry is 9, its snapshot is at 5',
  },
  {
    what: 'a log of nobody',
    batches: [[], [command(1, 1), state(1, 1, 1)]],
    told: '1/164: the log in /data is incomplete: it does not say whose it is',
  },
])('tells at the end: $what', ({ batches, told }) => {
  expect(summarize([batches]).errors).toEqual([told]);
});

it('holds no more errors than anybody reads, and counts the others', () => {
  const broken = Array.from({ length: DAMAGES_MAX + 5 }, () => ({ type: 99, data: Buffer.alloc(0) }));
  const { log, errors } = summarize([[...BEGUN, broken]]);
  expect(errors).toHaveLength(DAMAGES_MAX);
  expect(log.omitted).toBe(5);
});

it.each([
  [{ from: 1, limit: 2 }, [1, 2]],
  [{ from: 4, limit: 2 }, [4, 5]],
  [{ from: 5, limit: 9 }, [5, 6]],
  [{ from: 9, limit: 9 }, []],
  [{ from: 1, limit: 0 }, []],
])('holds the entries %j', (asked, indexes) => {
  const six = Array.from({ length: 6 }, (_, index) => command(index + 1, 1));
  const { window } = summarize([[[], [start(1)], [...six, state(1, 1, 0)]]], asked);
  expect(window.lines.map(({ index }) => index)).toEqual(indexes);
});
