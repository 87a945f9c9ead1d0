import { HpackDecoder, HpackEncoder, TokenCache } from '@portolan/http2';
import hpack from 'hpack.js';
import { FIELDS_A_LIST, type HeaderList } from './header-lists.ts';
import { latin1Text } from './latin1-text.ts';

const TABLE_BYTES = 4_096;

/** Work on one connection's tables that can be done again and again. @returns how many lists it did, and their bytes */
export type HpackWork = () => { readonly lists: number; readonly bytes: number };

export interface HpackCodec {
  readonly name: string;
  /** Encodes the lists. */
  encoding(lists: readonly HeaderList[]): HpackWork;
  /** Decodes what our encoder made of the lists. */
  decoding(lists: readonly HeaderList[]): HpackWork;
}

export const ourHpack: HpackCodec = {
  name: '@portolan/http2',
  encoding: (lists) => {
    const encoder = new HpackEncoder(TABLE_BYTES);
    const target = new Uint8Array(65_536);
    return () => {
      let bytes = 0;
      for (const list of lists) bytes += encoder.encode(list, target, 0);
      return { lists: lists.length, bytes };
    };
  },
  decoding: (lists) => {
    const decoder = new HpackDecoder(TABLE_BYTES, new TokenCache(latin1Text));
    let fields = 0;
    const onField = (): void => {
      fields += 1;
    };
    return decodingOf(lists, (block) => {
      fields = 0;
      decoder.decode(block, 0, block.length, onField);
      return fields;
    });
  },
};

/** The codec of `spdy`: every field goes into its table. */
export const hpackJs: HpackCodec = {
  name: 'hpack.js',
  encoding: (lists) => {
    const compressor = hpack.compressor.create({ table: { maxSize: TABLE_BYTES } });
    const asked = lists.map((list) =>
      list.flatMap((name, index) => (index % 2 === 0 ? [{ name, value: list[index + 1] ?? '' }] : [])),
    );
    return () => {
      let bytes = 0;
      for (const fields of asked) {
        compressor.write(fields);
        for (let chunk = compressor.read(); chunk !== null; chunk = compressor.read()) bytes += chunk.length;
      }
      return { lists: lists.length, bytes };
    };
  },
  decoding: (lists) => {
    const decompressor = hpack.decompressor.create({ table: { maxSize: TABLE_BYTES } });
    return decodingOf(lists, (block) => {
      let fields = 0;
      decompressor.write(block);
      decompressor.execute();
      while (decompressor.read() !== null) fields += 1;
      return fields;
    });
  },
};

/** @param decode a block; returns how many fields it has */
function decodingOf(lists: readonly HeaderList[], decode: (block: Buffer) => number): HpackWork {
  const encoder = new HpackEncoder(TABLE_BYTES);
  const blocksOf = (): readonly Buffer[] =>
    lists.map((list) => {
      const block = Buffer.alloc(HpackEncoder.bytesMax(list));
      return block.subarray(0, encoder.encode(list, block, 0));
    });
  const check = (block: Buffer): void => {
    if (decode(block) !== FIELDS_A_LIST) throw new Error('a block was decoded to other fields');
  };
  // The first time fills the tables. What our encoder makes of the lists afterwards changes them no more, so it can come again.
  for (const block of blocksOf()) check(block);
  const blocks = blocksOf();
  const bytes = blocks.reduce((sum, { length }) => sum + length, 0);
  return () => {
    for (const block of blocks) check(block);
    return { lists: blocks.length, bytes };
  };
}
