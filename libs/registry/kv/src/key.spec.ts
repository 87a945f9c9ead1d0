import fc from 'fast-check';
import { FROM_KEY, keyFromBytes, keyOf, keyToBytes, keyToText, prefixEnd } from './key.ts';

describe('keys', () => {
  it('are bytes, whatever bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect([...keyToBytes(keyFromBytes(bytes))]).toEqual([...bytes]);
      }),
    );
  });

  it('made of a text give the text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(keyToText(keyOf(text))).toBe(text);
      }),
    );
  });

  it('compare as their bytes do', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        const [low, high] = [keyFromBytes(a), keyFromBytes(b)];
        expect(Math.sign(low < high ? -1 : low > high ? 1 : 0)).toBe(Buffer.compare(a, b));
      }),
    );
  });

  it.each([
    [[], undefined],
    [[1], [2]],
    [[1, 255], [2]],
    [[255, 255], undefined],
    [[0], [1]],
  ])('prefixEnd of %j is %j', (prefix, end) => {
    const expected = end === undefined ? FROM_KEY : keyFromBytes(Uint8Array.from(end));
    expect(prefixEnd(keyFromBytes(Uint8Array.from(prefix)))).toBe(expected);
  });
});
