import fc from 'fast-check';
import { firstConfiguration, type Configuration } from './configuration.ts';
import type { Entry } from './entry.ts';
import { logIndex, memberId, NO_INDEX, NO_TERM, term, type LogIndex } from './ids.ts';
import { RaftLog } from './log.ts';

const first = firstConfiguration([memberId(1n)]);
const base = { index: NO_INDEX, term: NO_TERM, configuration: first };
const configurationOf = (place: number): Configuration => firstConfiguration([memberId(BigInt(place + 10))]);

/** Commands of 8 bytes, and configurations where `kinds` says so. */
function entriesOf(from: number, terms: readonly number[], kinds: readonly boolean[] = []): readonly Entry[] {
  return terms.map((value, place): Entry => {
    const at = { index: logIndex(from + place), term: term(value) };
    if (kinds[place] !== true) return { ...at, kind: 'command', data: new Uint8Array(8) };
    return { ...at, kind: 'configuration', configuration: configurationOf(from + place), context: new Uint8Array(0) };
  });
}
const logOf = (terms: readonly number[], committed = 0): RaftLog =>
  new RaftLog(base, entriesOf(1, terms), logIndex(committed));

describe('isUpToDate (§5.4.1)', () => {
  it.each([
    [2, 3, true],
    [2, 4, true],
    [2, 2, false],
    [3, 1, true],
    [1, 9, false],
  ])('of a log that ends with %i/%i, against 2/3: %s', (lastTerm, lastIndex, expected) => {
    expect(logOf([1, 1, 2]).isUpToDate(term(lastTerm), logIndex(lastIndex))).toBe(expected);
  });
});

describe('lastWithTermAtMost (§5.3)', () => {
  it.each([
    [1, 5, 3],
    [4, 5, 5],
    [3, 5, 3],
    [9, 99, 7],
    [9, 2, 2],
    [0, 7, 0],
  ])('of term %i, at or before %i, in 1 1 1 4 4 5 5: %i', (bound, index, expected) => {
    expect(logOf([1, 1, 1, 4, 4, 5, 5]).lastWithTermAtMost(term(bound), logIndex(index)).index).toBe(expected);
  });
});

describe('slice', () => {
  it.each([
    [1, 4, 1_000, 4],
    [1, 4, 80, 2],
    [1, 4, 79, 1],
    [1, 4, 0, 1],
    [3, 3, 0, 1],
    [4, 3, 1_000, 0],
  ])('from %i to %i in %i bytes: %i entries of 40', (from, to, bytesMax, expected) => {
    expect(logOf([1, 1, 1, 1]).slice(logIndex(from), logIndex(to), bytesMax)).toHaveLength(expected);
  });
});

describe('what must not happen', () => {
  const committed = (): RaftLog => logOf([1, 1, 2], 2);

  it.each([
    [
      'a committed entry is taken away',
      (log: RaftLog) => {
        log.truncateFrom(logIndex(2));
      },
    ],
    [
      'an entry comes with a gap',
      (log: RaftLog) => {
        log.append(entriesOf(5, [2]));
      },
    ],
    [
      'an entry comes twice',
      (log: RaftLog) => {
        log.append(entriesOf(3, [2]));
      },
    ],
    [
      'terms fall',
      (log: RaftLog) => {
        log.append(entriesOf(4, [1]));
      },
    ],
    [
      'more is committed than there is',
      (log: RaftLog) => {
        log.commitTo(logIndex(4));
      },
    ],
    [
      'what is not applied is compacted',
      (log: RaftLog) => {
        log.compactTo(logIndex(1));
      },
    ],
    [
      'a snapshot takes the commit index back',
      (log: RaftLog) => {
        log.restore({ ...base, index: logIndex(2) });
      },
    ],
    ['a snapshot is made of what is not here', (log: RaftLog) => void log.metadataAt(logIndex(4))],
    ['what is compacted is read', (log: RaftLog) => void log.slice(logIndex(0), logIndex(2), 9)],
  ])('%s', (_, act) => {
    expect(() => {
      act(committed());
    }).toThrow();
  });

  it('the commit index moves down', () => {
    const log = committed();
    log.commitTo(logIndex(1));
    expect(log.committed).toBe(2);
  });
});

/** The same log as a plain list, with everything that was ever compacted still in it. */
class Model {
  entries: readonly Entry[] = [];
  committed = 0;
  applied = 0;
  base = 0;

  configurationAt(index: number): Configuration {
    return this.entries.slice(0, index).findLast((entry) => entry.kind === 'configuration')?.configuration ?? first;
  }
}

type Step = (log: RaftLog, model: Model) => void;

const appends = fc
  .tuple(fc.array(fc.nat(2), { maxLength: 4 }), fc.array(fc.boolean(), { maxLength: 4 }))
  .map(([rises, kinds]): Step => (log, model) => {
    let last: number = log.lastTerm;
    const terms = rises.map((rise) => (last += rise));
    const more = entriesOf(log.lastIndex + 1, terms, kinds);
    log.append(more);
    model.entries = [...model.entries, ...more];
  });
const truncations = fc.nat(6).map((back): Step => (log, model) => {
  const index = Math.max(log.committed + 1, log.lastIndex - back);
  log.truncateFrom(logIndex(index));
  model.entries = model.entries.slice(0, index - 1);
});
const commits = fc.nat(4).map((more): Step => (log, model) => {
  model.committed = Math.min(log.lastIndex, log.committed + more);
  log.commitTo(logIndex(model.committed));
});
const writes = fc.nat(4).map((more): Step => (log) => {
  log.handed = log.lastIndex;
  log.durable = logIndex(Math.min(log.lastIndex, log.durable + more));
});
const applications = fc.nat(4).map((more): Step => (log, model) => {
  model.applied = Math.max(log.applied, Math.min(log.committed, log.durable, log.applied + more));
  log.applied = logIndex(model.applied);
});
const compactions = fc.nat(6).map((back): Step => (log, model) => {
  const index = Math.max(model.base, model.applied - back);
  log.compactTo(logIndex(index));
  model.base = index;
});
const restorations = fc.nat(9).map((ahead): Step => (log, model) => {
  const index = logIndex(log.committed + 1 + ahead);
  const snapshotTerm = term(log.lastTerm + 1);
  const configuration = configurationOf(index);
  log.restore({ index, term: snapshotTerm, configuration });
  const at = (place: number): LogIndex => logIndex(place + 1);
  model.entries = Array.from({ length: index }, (_, place): Entry => {
    return { kind: 'configuration', index: at(place), term: snapshotTerm, configuration, context: new Uint8Array(0) };
  });
  model.committed = model.applied = model.base = index;
});
const steps = fc.oneof(
  { weight: 6, arbitrary: appends },
  { weight: 3, arbitrary: truncations },
  { weight: 4, arbitrary: commits },
  { weight: 4, arbitrary: writes },
  { weight: 4, arbitrary: applications },
  { weight: 3, arbitrary: compactions },
  { weight: 1, arbitrary: restorations },
);

it('is a list of which the beginning is forgotten, whatever is done to it', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60 }), (script) => {
      const log = new RaftLog(base, [], NO_INDEX);
      const model = new Model();
      for (const step of script) {
        step(log, model);
        const { entries } = model;
        expect([log.firstIndex, log.lastIndex, log.committed]).toEqual([
          model.base + 1,
          Math.max(model.base, entries.length),
          model.committed,
        ]);
        expect(log.slice(log.firstIndex, log.lastIndex, Number.POSITIVE_INFINITY)).toEqual(entries.slice(model.base));
        expect(log.entryAt(logIndex(model.base))).toBeUndefined();
        expect(log.termAt(logIndex(model.base))).toBe(entries[model.base - 1]?.term ?? 0);
        expect(log.lastTerm).toBe(entries.at(-1)?.term ?? 0);
        expect(log.configuration).toEqual(model.configurationAt(entries.length));
        expect(log.configurationAt(log.committed)).toEqual(model.configurationAt(model.committed));
        expect(log.durable).toBeLessThanOrEqual(log.handed);
      }
    }),
  );
});
