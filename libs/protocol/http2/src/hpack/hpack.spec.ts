import fc from 'fast-check';
import { HpackDecoder } from './decoder.ts';
import { DynamicTable } from './dynamic-table.ts';
import { HpackEncoder } from './encoder.ts';
import { decodeHuffman, encodeHuffman, huffmanLength } from './huffman.ts';
import { TokenCache } from './token-cache.ts';
import { Token } from './token.ts';

const latin1 = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const names = fc.constantFrom(
  ':path',
  'cookie',
  'accept',
  'x-a',
  'x-b',
  'x-c',
  'authorization',
  'grpc-timeout',
  'date',
);
const fields = fc.array(fc.tuple(names, fc.oneof(latin1, fc.constantFrom('a', 'bb', 'ccc'))), { maxLength: 12 });

describe('HPACK', () => {
  it('decodes what it encodes, whatever the sizes of the table are changed to', () => {
    const blocks = fc.array(fc.record({ fields, resize: fc.option(fc.integer({ min: 0, max: 4_096 })) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(blocks, (sent) => {
        const encoder = new HpackEncoder(4_096);
        const decoder = new HpackDecoder(4_096, new TokenCache());
        for (const { fields: pairs, resize } of sent) {
          if (resize !== null) encoder.resize(resize);
          const flat = pairs.flat();
          const target = new Uint8Array(HpackEncoder.bytesMax(flat));
          const end = encoder.encode(flat, target, 0);
          const received: string[] = [];
          decoder.decode(target, 0, end, (name, value) => received.push(name.text, value.text));
          expect(received).toEqual(flat);
          expect(decoder.tableBytes).toBe(encoder.tableBytes);
        }
      }),
    );
  });

  it('hands out the same token for a literal that comes again, and none that is secret', () => {
    const cache = new TokenCache();
    const bytes = Uint8Array.from(Buffer.from('/same/path'));
    const first = cache.token(bytes, 0, bytes.length, false, false);
    expect(cache.token(bytes, 0, bytes.length, false, false)).toBe(first);
    expect(cache.token(bytes, 0, bytes.length, false, true)).not.toBe(first);
    expect(cache.token(bytes, 0, 5, false, false)?.text).toBe('/same');
  });
});

describe('Huffman', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(latin1, (text) => {
        const target = new Uint8Array(text.length * 4 + 4);
        const end = encodeHuffman(text, target, 0);
        expect(end).toBe(huffmanLength(text));
        const decoded = new Uint8Array(text.length + 8);
        const length = decodeHuffman(target, 0, end, decoded, 0);
        expect(Buffer.from(decoded.subarray(0, length)).toString('latin1')).toBe(text);
      }),
    );
  });
});

describe('the dynamic table', () => {
  it('holds what a naive list holds, after any additions and sizes', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), size: fc.integer({ min: 0, max: 60 }) }),
      fc.record({ kind: fc.constant('resize' as const), size: fc.integer({ min: 0, max: 400 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new DynamicTable(200);
        let naive: string[] = [];
        let limit = 200;
        const bytes = (): number => naive.reduce((sum, value) => sum + value.length + 1 + 32, 0);
        for (const [serial, { kind, size }] of steps.entries()) {
          if (kind === 'add') {
            const value = String(serial).padEnd(size, '.');
            naive.unshift(value);
            table.add(new Token('n'), new Token(value));
          } else {
            limit = size;
            table.resize(size);
          }
          while (bytes() > limit) naive = naive.slice(0, -1);
          expect(Array.from({ length: table.count }, (_, age) => table.value(age).text)).toEqual(naive);
          expect(table.bytes).toBe(bytes());
        }
      }),
    );
  });
});
