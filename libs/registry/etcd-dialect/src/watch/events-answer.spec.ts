import { WatchResponse } from '@portolan/contracts/etcd/watch';
import {
  incarnation,
  keyFromBytes,
  leaseId,
  revision,
  type KeyValue,
  type StoreStatus,
  type WatchEvent,
} from '@portolan/kv';
import fc from 'fast-check';
import { AnswerWriter } from './answer-writer.ts';
import { EventsAnswer, WATCH_SERVICE } from './events-answer.ts';

const keyspace = { oldest: revision(1), keys: 0, bytes: 0 };
const STATUS: StoreStatus = {
  ...{ incarnation: incarnation('one'), revision: revision(9), clusterId: 2n ** 64n - 1n, memberId: 7n, term: 3 },
  leaderId: undefined,
  keyspaces: { user: keyspace, catalog: keyspace, system: keyspace },
};
const aKey = fc.uint8Array({ maxLength: 20 }).map(keyFromBytes);
const aRevision = fc.nat(1_000_000).map(revision);
const aKeyValue: fc.Arbitrary<KeyValue> = fc.record({
  ...{ key: aKey, value: fc.uint8Array({ maxLength: 200 }), createRevision: aRevision, modRevision: aRevision },
  ...{ version: fc.nat(300), lease: fc.option(fc.bigInt(1n, 2n ** 63n - 1n).map(leaseId), { nil: undefined }) },
});
const previous = fc.option(aKeyValue, { nil: undefined });
const anEvent: fc.Arbitrary<WatchEvent> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), keyValue: aKeyValue, previous }),
  fc.record({ kind: fc.constant('delete' as const), key: aKey, modRevision: aRevision, previous }),
);
const someEvents = fc.array(anEvent, { maxLength: 4 });

const answered = (writer: AnswerWriter, watchId: bigint, events: readonly WatchEvent[], isFragment = false): Buffer =>
  WATCH_SERVICE.watch.responseSerialize(new EventsAnswer(writer, STATUS, 9, watchId, events, isFragment));

describe('an answer with events', () => {
  it('has the bytes that the generated codec makes of it', () => {
    const writer = new AnswerWriter();
    fc.assert(
      fc.property(someEvents, fc.bigInt(-1n, 2n ** 63n - 1n), fc.boolean(), (events, watchId, isFragment) => {
        const bytes = answered(writer, watchId, events, isFragment);
        const answer = new EventsAnswer(writer, STATUS, 9, watchId, events, isFragment);
        expect(bytes).toEqual(Buffer.from(WatchResponse.encode(answer).finish()));
      }),
    );
  });

  it('is of its own events, whoever was told what before', () => {
    const writer = new AnswerWriter();
    const aTelling = fc.record({ list: fc.nat(3), isAnew: fc.boolean(), hasPrevious: fc.boolean() });
    fc.assert(
      fc.property(fc.array(someEvents, { minLength: 4, maxLength: 4 }), fc.array(aTelling), (lists, tellings) => {
        for (const { list, isAnew, hasPrevious } of tellings) {
          const events = lists[list] ?? [];
          const asked = hasPrevious ? events : events.map((event) => ({ ...event, previous: undefined }));
          const bytes = answered(writer, 1n, isAnew ? asked.map((event) => ({ ...event })) : asked);
          expect(bytes).toEqual(answered(new AnswerWriter(), 1n, asked));
        }
      }),
    );
  });
});
