import { HpackDecoder } from './decoder.ts';
import { HpackEncoder } from './encoder.ts';
import { TokenCache } from './token-cache.ts';

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const FIRST = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com'];
const SECOND = [...FIRST, 'cache-control', 'no-cache'];
const THIRD = [
  ...[':method', 'GET', ':scheme', 'https', ':path', '/index.html', ':authority', 'www.example.com'],
  ...['custom-key', 'custom-value'],
];
const DATE = 'Mon, 21 Oct 2013 20:13:21 GMT';
const RESPONSE = ['cache-control', 'private', 'date', DATE, 'location', 'https://www.example.com'];
const COOKIE = 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';
const LATER = 'Mon, 21 Oct 2013 20:13:22 GMT';

interface Example {
  readonly hex: string;
  readonly fields: readonly string[];
  readonly tableBytes: number;
}

const RESPONSES = [
  { fields: [':status', '302', ...RESPONSE], tableBytes: 222 },
  { fields: [':status', '307', ...RESPONSE], tableBytes: 222 },
  {
    fields: [
      ...[':status', '200', 'cache-control', 'private', 'date', LATER, 'location', 'https://www.example.com'],
      ...['content-encoding', 'gzip', 'set-cookie', COOKIE],
    ],
    tableBytes: 215,
  },
];
const REQUESTS = [
  { fields: FIRST, tableBytes: 57 },
  { fields: SECOND, tableBytes: 110 },
  { fields: THIRD, tableBytes: 164 },
];
const of = (shapes: readonly Omit<Example, 'hex'>[], hexes: readonly string[]): Example[] =>
  shapes.map((shape, index) => ({ ...shape, hex: hexes[index] ?? '' }));

const C4 = of(REQUESTS, [
  '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
  '8286 84be 5886 a8eb 1064 9cbf',
  '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
]);
const C6 = of(RESPONSES, [
  `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b
   97c8 e9ae 82ae 43d3`.replaceAll(/\s/g, ''),
  '4883 640e ffc1 c0bf',
  `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf
   cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`.replaceAll(/\s/g, ''),
]);
const EXAMPLES: readonly (readonly [string, number, readonly Example[]])[] = [
  [
    'C.2.1 literal with indexing',
    4_096,
    [
      {
        hex: '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
        fields: ['custom-key', 'custom-header'],
        tableBytes: 55,
      },
    ],
  ],
  [
    'C.2.2 literal without indexing',
    4_096,
    [{ hex: '040c 2f73 616d 706c 652f 7061 7468', fields: [':path', '/sample/path'], tableBytes: 0 }],
  ],
  [
    'C.2.3 never indexed',
    4_096,
    [{ hex: '1008 7061 7373 776f 7264 0673 6563 7265 74', fields: ['password', 'secret'], tableBytes: 0 }],
  ],
  ['C.2.4 indexed', 4_096, [{ hex: '82', fields: [':method', 'GET'], tableBytes: 0 }]],
  [
    'C.3 requests without Huffman',
    4_096,
    of(REQUESTS, [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ]),
  ],
  ['C.4 requests with Huffman', 4_096, C4],
  ['C.6 responses with Huffman, a table of 256 bytes', 256, C6],
];

function decoded(decoder: HpackDecoder, bytes: Uint8Array): string[] {
  const fields: string[] = [];
  decoder.decode(bytes, 0, bytes.length, (name, value) => fields.push(name.text, value.text));
  return fields;
}

describe('the examples of RFC 7541, appendix C', () => {
  it.each(EXAMPLES)('decodes %s', (_, tableBytes, examples) => {
    const decoder = new HpackDecoder(tableBytes, new TokenCache());
    for (const example of examples) {
      expect(decoded(decoder, bytesOf(example.hex))).toEqual(example.fields);
      expect(decoder.tableBytes).toBe(example.tableBytes);
    }
  });

  // We index neither :path nor set-cookie, and what Huffman makes no shorter goes as it is (307 in C.6.2): the others agree.
  it.each([
    ['C.4', 4_096, C4],
    ['C.6', 256, C6.slice(0, 1)],
  ] as const)('encodes %s byte for byte', (_, tableBytes, examples) => {
    const encoder = new HpackEncoder(4_096);
    if (tableBytes !== 4_096) {
      encoder.resize(tableBytes);
      // The change of size that comes first is no part of the example.
      expect(encoder.encode([], new Uint8Array(16), 0)).toBe(3);
    }
    for (const example of examples) {
      const target = new Uint8Array(HpackEncoder.bytesMax(example.fields));
      const end = encoder.encode(example.fields, target, 0);
      expect(Buffer.from(target.subarray(0, end)).toString('hex')).toBe(example.hex.replaceAll(' ', ''));
      expect(encoder.tableBytes).toBe(example.tableBytes);
    }
  });
});

describe('a broken header block', () => {
  it.each([
    ['index 0', '80', /names index 0/],
    ['an index past the tables', 'be', /names index 62 of 61/],
    ['an integer without an end', 'ff', /ends within an integer/],
    ['an integer of any length', 'ffffffffffffffffff', /integer over/],
    ['a string longer than the block', '4003616200', /ends within/],
    ['a Huffman string with EOS in it', '0084ffffffff00', /no Huffman code/],
    ['padding of eight ones', '00821fff00', /no Huffman code/],
    ['padding that is not all ones', '00810000', /no Huffman code/],
    ['a table larger than ours', '3fe2ff03', /sets the table to/],
    ['a change of size after a field', '8220', /after a field/],
  ])('is refused: %s', (_, hex, message) => {
    const decoder = new HpackDecoder(4_096, new TokenCache());
    expect(() => decoded(decoder, bytesOf(hex))).toThrow(message);
  });
});
