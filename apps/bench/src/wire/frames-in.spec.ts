import { PREFACE } from '@portolan/http2';
import { framesIn } from './frames-in.ts';

const frame = (payloadBytes: number): Buffer => {
  const bytes = Buffer.alloc(9 + payloadBytes, 1);
  bytes.writeUIntBE(payloadBytes, 0, 3);
  return bytes;
};
const sent = Buffer.concat([Buffer.from(PREFACE), frame(0), frame(300), frame(70_000)]);

it('counts what is behind the preface', () => {
  expect(framesIn(sent)).toBe(3);
});

it.each([1, 9, 70_005])('refuses a frame that lacks its last %i bytes', (missing) => {
  expect(() => framesIn(sent.subarray(0, sent.length - missing))).toThrow(/not whole/);
});
