import { assert } from '@portolan/kernel';
import { CODE_BITS, EOS } from './huffman-code.ts';

/** Codes by symbol, as the lengths define them. */
const CODES = canonicalCodes();

/**
 * The code's tree as a machine that takes four bits at a time: row `state * 16 + bits` holds the next state and the symbol that
 * these bits complete, at most one since the shortest code has five bits.
 */
const NEXT = new Uint8Array(256 * 16);
const SYMBOL = new Int16Array(256 * 16);
/** The padding of a string may end in this state: its bits so far are the first of EOS, fewer than eight (section 5.2). */
const ENDS = new Uint8Array(256);
const NO_SYMBOL = -1;
const REFUSED = -2;
buildMachine();

/**
 * Decodes a string into `target`.
 * @returns where the text ends in `target`, or -1 when the bits are no text: EOS in it, or padding that is too long or not all ones
 */
export function decodeHuffman(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  let state = 0;
  let written = at;
  for (let index = start; index < end; index += 1) {
    const byte = source[index] ?? 0;
    let row = state * 16 + (byte >> 4);
    let symbol = SYMBOL[row] ?? REFUSED;
    if (symbol >= 0) target[written++] = symbol;
    else if (symbol === REFUSED) return -1;
    row = (NEXT[row] ?? 0) * 16 + (byte & 15);
    symbol = SYMBOL[row] ?? REFUSED;
    if (symbol >= 0) target[written++] = symbol;
    else if (symbol === REFUSED) return -1;
    state = NEXT[row] ?? 0;
  }
  return ENDS[state] === 1 ? written : -1;
}

/** No code is shorter than five bits: what a string of so many bytes can decode to at most. */
export const decodedBytesMax = (encoded: number): number => Math.floor((encoded * 8) / 5);

/** Bytes that the latin1 text would take. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let index = 0; index < text.length; index += 1) bits += CODE_BITS[text.charCodeAt(index) & 255] ?? 0;
  return (bits + 7) >> 3;
}

/** Encodes the latin1 text, padded with ones. @returns where it ends in `target` */
export function encodeHuffman(text: string, target: Uint8Array, at: number): number {
  let bits = 0;
  let pending = 0;
  let written = at;
  for (let index = 0; index < text.length; index += 1) {
    const symbol = text.charCodeAt(index) & 255;
    const length = CODE_BITS[symbol] ?? 0;
    // Two steps: a code of 28 bits and seven pending ones are more than a small integer holds.
    let code = CODES[symbol] ?? 0;
    let left = length;
    while (left > 0) {
      const take = Math.min(left, 8 - pending);
      bits = (bits << take) | (code >>> (left - take));
      left -= take;
      code &= (1 << left) - 1;
      pending += take;
      if (pending === 8) {
        target[written++] = bits;
        bits = 0;
        pending = 0;
      }
    }
  }
  if (pending > 0) target[written++] = (bits << (8 - pending)) | ((1 << (8 - pending)) - 1);
  return written;
}

function canonicalCodes(): Uint32Array {
  const codes = new Uint32Array(257);
  const symbols = [...CODE_BITS.keys()].sort((a, b) => (CODE_BITS[a] ?? 0) - (CODE_BITS[b] ?? 0) || a - b);
  let code = 0;
  let length = 0;
  for (const symbol of symbols) {
    const bits = CODE_BITS[symbol] ?? 0;
    code <<= bits - length;
    length = bits;
    codes[symbol] = code;
    code += 1;
  }
  return codes;
}

function buildMachine(): void {
  // The tree first: children of inner node n at 2n and 2n + 1; a leaf is -1 - symbol, nothing yet is 0.
  const tree: number[] = [0, 0];
  let nodes = 1;
  for (let symbol = 0; symbol <= EOS; symbol += 1) {
    let node = 0;
    const length = CODE_BITS[symbol] ?? 0;
    for (let bit = length - 1; bit >= 0; bit -= 1) {
      const child = node * 2 + (((CODES[symbol] ?? 0) >>> bit) & 1);
      if (bit === 0) {
        tree[child] = -1 - symbol;
      } else {
        if (tree[child] === 0) {
          tree[child] = nodes;
          tree.push(0, 0);
          nodes += 1;
        }
        node = tree[child] ?? 0;
      }
    }
  }
  assert(nodes === 256, 'a full binary tree of 257 leaves has 256 inner nodes');
  for (let state = 0; state < nodes; state += 1) {
    for (let bits = 0; bits < 16; bits += 1) {
      let node = state;
      let symbol = NO_SYMBOL;
      for (let bit = 3; bit >= 0; bit -= 1) {
        const child = tree[node * 2 + ((bits >> bit) & 1)] ?? 0;
        if (child === -1 - EOS) symbol = REFUSED;
        else if (child < 0) symbol = -1 - child;
        node = child < 0 ? 0 : child;
      }
      NEXT[state * 16 + bits] = node;
      SYMBOL[state * 16 + bits] = symbol;
    }
  }
  let node = 0;
  for (let ones = 0; ones < 8; ones += 1) {
    ENDS[node] = 1;
    node = tree[node * 2 + 1] ?? 0;
  }
}
