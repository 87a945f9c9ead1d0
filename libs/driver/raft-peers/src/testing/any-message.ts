import { logIndex, memberId, term, type Configuration, type Entry, type MemberId, type Term } from '@portolan/raft';
import fc from 'fast-check';
import type { StreamedMessage } from '../wire/kinds.ts';

export const FROM = memberId(0xfedc_ba98_7654_3210n);
export const TO = memberId(3n);

const anyTerm = fc.maxSafeNat().map((value) => term(Math.max(1, value)));
const anyIndex = fc.oneof(fc.nat(1_000), fc.maxSafeNat()).map(logIndex);
const anyNumber = fc.maxSafeNat();
const anyBytes = fc.uint8Array({ maxLength: 300 });
const anyIds = fc.array(fc.bigInt(1n, 2n ** 64n - 1n).map(memberId), { maxLength: 5 });
const anyBatch = fc.record({ start: anyNumber, sequence: anyNumber });

const anyConfiguration: fc.Arbitrary<Configuration> = fc.record({
  voters: fc
    .tuple(fc.bigInt(1n, 2n ** 64n - 1n).map(memberId), anyIds)
    .map(([first, rest]): readonly MemberId[] => [first, ...rest]),
  outgoing: anyIds,
  learners: anyIds,
  learnersNext: anyIds,
});

type Content =
  | { readonly kind: 'empty' }
  | { readonly kind: 'command'; readonly data: Uint8Array }
  | { readonly kind: 'configuration'; readonly configuration: Configuration; readonly context: Uint8Array };

const anyContent: fc.Arbitrary<Content> = fc.oneof(
  fc.record({ kind: fc.constant('empty' as const) }),
  fc.record({ kind: fc.constant('command' as const), data: anyBytes }),
  fc.record({
    kind: fc.constant('configuration' as const),
    configuration: anyConfiguration,
    context: anyBytes,
  }),
);

/** Entries as a log has them: without a gap, in terms that never fall, up to that of their leader. */
const anyAppend = fc
  .record({
    previousIndex: fc.nat(2 ** 40),
    terms: fc.array(fc.maxSafeNat(), { minLength: 2, maxLength: 8 }),
    contents: fc.array(anyContent, { maxLength: 6 }),
    committed: anyIndex,
  })
  .map(({ previousIndex, terms, contents, committed }) => {
    const rising = terms.map((value) => Math.max(1, value)).sort((a, b) => a - b);
    const termOf = (position: number): Term => term(rising[Math.min(position, rising.length - 1)] ?? 1);
    const entries = contents.map((content, position): Entry => {
      return { ...content, index: logIndex(previousIndex + position + 1), term: termOf(position + 1) };
    });
    return {
      kind: 'append' as const,
      term: termOf(rising.length),
      previousIndex: logIndex(previousIndex),
      previousTerm: termOf(0),
      entries,
      committed,
    };
  });

const anyVote = fc.record({ lastIndex: anyIndex, lastTerm: fc.maxSafeNat().map(term), transfer: fc.boolean() });
const anyVoteResponse = fc.record({ granted: fc.boolean() });
const anyOutcome = fc.oneof(
  fc.record({
    kind: fc.constant('placed' as const),
    firstIndex: fc.maxSafeNat().map((index) => logIndex(Math.max(1, index))),
  }),
  fc.record({
    kind: fc.constant('refused' as const),
    reason: fc.constantFrom('not-leader' as const, 'overloaded' as const, 'transferring' as const),
  }),
);

interface Envelope {
  readonly from: MemberId;
  readonly to: MemberId;
  readonly term: Term;
}

function drawn<Content extends object>(
  content: fc.Arbitrary<Content>,
  make: (fields: Content & Envelope) => StreamedMessage,
): fc.Arbitrary<StreamedMessage> {
  return fc.tuple(content, anyTerm).map(([fields, of]) => make({ ...fields, term: of, from: FROM, to: TO }));
}

/** Every kind in its turn, from `FROM` to `TO`. */
export const ANY_MESSAGE: Readonly<Record<StreamedMessage['kind'], fc.Arbitrary<StreamedMessage>>> = {
  'pre-vote': drawn(anyVote, (fields) => ({ ...fields, kind: 'pre-vote' })),
  vote: drawn(anyVote, (fields) => ({ ...fields, kind: 'vote' })),
  'pre-vote-response': drawn(anyVoteResponse, (fields) => ({ ...fields, kind: 'pre-vote-response' })),
  'vote-response': drawn(anyVoteResponse, (fields) => ({ ...fields, kind: 'vote-response' })),
  append: anyAppend.map((append) => ({ ...append, from: FROM, to: TO })),
  appended: drawn(fc.record({ index: anyIndex }), (fields) => ({ ...fields, kind: 'appended' })),
  'append-refused': drawn(
    fc.record({ previousIndex: anyIndex, hintIndex: anyIndex, hintTerm: fc.maxSafeNat().map(term) }),
    (fields) => ({ ...fields, kind: 'append-refused' }),
  ),
  heartbeat: drawn(fc.record({ committed: anyIndex, round: anyNumber }), (fields) => ({
    ...fields,
    kind: 'heartbeat',
  })),
  'heartbeat-response': drawn(fc.record({ round: anyNumber }), (fields) => ({ ...fields, kind: 'heartbeat-response' })),
  'stale-term': drawn(fc.record({}), (fields) => ({ ...fields, kind: 'stale-term' })),
  'not-a-member': drawn(fc.record({ committed: anyIndex }), (fields) => ({ ...fields, kind: 'not-a-member' })),
  'timeout-now': drawn(fc.record({}), (fields) => ({ ...fields, kind: 'timeout-now' })),
  forward: drawn(fc.record({ batch: anyBatch, proposals: fc.array(anyBytes, { maxLength: 5 }) }), (fields) => ({
    ...fields,
    kind: 'forward',
  })),
  forwarded: drawn(fc.record({ batch: anyBatch, outcome: anyOutcome }), (fields) => ({ ...fields, kind: 'forwarded' })),
  'read-index': drawn(fc.record({ batch: anyBatch }), (fields) => ({ ...fields, kind: 'read-index' })),
  'read-index-response': drawn(fc.record({ batch: anyBatch, index: anyIndex }), (fields) => ({
    ...fields,
    kind: 'read-index-response',
  })),
};
