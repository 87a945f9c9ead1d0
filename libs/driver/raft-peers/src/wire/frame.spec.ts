import { EntryKind, LogEntry, MessageKind, PeerFrame, RaftMessage } from '@portolan/contracts/raft-peer';
import { logIndex, term } from '@portolan/raft';
import fc from 'fast-check';
import { MalformedFrameError } from '../errors.ts';
import { ANY_MESSAGE, FROM, TO } from '../testing/any-message.ts';
import { MessageEncoder } from './encode-message.ts';
import { decodeFrame, encodeFrame, type OutgoingFrame } from './frame.ts';
import { ENTRY_KINDS, MESSAGE_KINDS, type StreamedMessage } from './kinds.ts';

const ENDS = { from: FROM, to: TO };
const anyMessage = fc.oneof(...Object.values(ANY_MESSAGE));

function frameOf(messages: readonly StreamedMessage[], rest: Partial<OutgoingFrame> = {}): Buffer {
  const encoder = new MessageEncoder();
  return encodeFrame({
    ping: 0n,
    pong: 0n,
    book: [],
    ...rest,
    messages: messages.map((message) => encoder.encode(message)),
  });
}

describe('a frame', () => {
  it.each(Object.entries(ANY_MESSAGE))('brings back what was written: %s', (_, any) => {
    fc.assert(
      fc.property(any, (message) => {
        const [read] = decodeFrame(frameOf([message]), ENDS).messages;
        expect(read).toEqual(message);
      }),
    );
  });

  it('is what the contract says: the generated code reads it, and writes what is read here', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 8 }), fc.bigInt(0n, 2n ** 64n - 1n), (messages, token) => {
        const record = { member: 7n, name: 'n7', version: 9n, addresses: ['host:1'] };
        const bytes = frameOf(messages, { ping: token, pong: token, book: [record] });
        const generated = PeerFrame.decode(bytes);
        expect(generated.ping).toBe(token);
        expect(generated.book).toStrictEqual([record]);
        expect(generated.messages.map(({ kind, term }) => [kind, Number(term)])).toStrictEqual(
          messages.map(({ kind, term }) => [MESSAGE_KINDS[kind], term]),
        );
        for (const [position, message] of messages.entries()) {
          if (message.kind !== 'append') continue;
          const entries = message.entries.map((entry) => [ENTRY_KINDS[entry.kind], BigInt(entry.term)]);
          expect(generated.messages[position]?.entries.map((entry) => [entry.kind, entry.term])).toStrictEqual(entries);
        }
        const again = decodeFrame(PeerFrame.encode(generated).finish(), ENDS);
        expect(again.messages).toEqual(messages);
        expect(Buffer.compare(bytes, PeerFrame.encode(generated).finish())).toBe(0);
      }),
    );
  });

  it('whatever bytes come, it reads them or says that it cannot', () => {
    const damaged = fc
      .tuple(fc.array(anyMessage, { minLength: 1, maxLength: 3 }), fc.nat(), fc.nat(255), fc.nat())
      .map(([messages, at, byte, length]) => {
        const bytes = frameOf(messages);
        bytes[at % bytes.length] = byte;
        return bytes.subarray(0, length % (bytes.length + 1));
      });
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 100 })), (bytes) => {
        try {
          for (const message of decodeFrame(bytes, ENDS).messages) expect(MESSAGE_KINDS).toHaveProperty(message.kind);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedFrameError);
          refused += 1;
        }
      }),
      { numRuns: 2_000 },
    );
    expect(refused).toBeGreaterThan(200);
  });

  it('keeps nothing of what was read', () => {
    const data = new Uint8Array([1, 2, 3]);
    const entry = { kind: 'command' as const, index: logIndex(5), term: term(2), data };
    const message: StreamedMessage = {
      ...ENDS,
      ...{ kind: 'append', term: term(2), previousIndex: logIndex(4), previousTerm: term(2) },
      ...{ entries: [entry], committed: logIndex(4) },
    };
    const bytes = frameOf([message]);
    const [read] = decodeFrame(bytes, ENDS).messages;
    bytes.fill(0xff);
    expect(read).toStrictEqual(message);
  });

  it.each([
    ['terms fall', { terms: [3, 2], of: 3 }, 'the terms of its entries fall'],
    ['an entry is of the future', { terms: [4], of: 3 }, 'of a later term than its leader'],
    ['an entry has no term', { terms: [0], of: 3 }, 'of term 0'],
    ['a message has no term', { terms: [], of: 0 }, 'of term 0'],
  ])('an append is refused when %s', (_, { terms, of }, why) => {
    const entries = terms.map((value) => LogEntry.fromPartial({ kind: EntryKind.EMPTY, term: BigInt(value) }));
    const append = RaftMessage.fromPartial({ kind: MessageKind.APPEND, term: BigInt(of), index: 1n });
    const frame = { ...PeerFrame.fromPartial({}), messages: [{ ...append, entries }] };
    const bytes = PeerFrame.encode(frame).finish();
    expect(() => decodeFrame(bytes, ENDS)).toThrow(why);
  });

  it('a message before the hello is refused', () => {
    const bytes = frameOf([{ ...ENDS, kind: 'timeout-now', term: term(1) }]);
    expect(() => decodeFrame(bytes, undefined)).toThrow(MalformedFrameError);
  });
});

it('entries that two followers are sent are encoded once', () => {
  const encoder = new MessageEncoder();
  const entries = [1, 2, 3].map((index) => ({
    kind: 'command' as const,
    index: logIndex(index),
    term: term(1),
    data: new Uint8Array(100),
  }));
  const append: StreamedMessage = {
    ...ENDS,
    ...{ kind: 'append', term: term(1), previousIndex: logIndex(0), previousTerm: term(0), committed: logIndex(0) },
    entries,
  };
  const first = encoder.encode(append);
  const second = encoder.encode({ ...append, to: FROM, committed: logIndex(2), entries: [...entries] });
  const shorter = encoder.encode({ ...append, entries: entries.slice(0, 2) });
  expect(second.tail).toBe(first.tail);
  expect(shorter.tail).not.toBe(first.tail);
});
