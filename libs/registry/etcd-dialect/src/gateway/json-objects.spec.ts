import fc from 'fast-check';
import { JsonObjects } from './json-objects.ts';

const TEXT = '{"a":"}\\"{","b":[{"c":"é€𝄞"}]}\n {"d":1}{}';
const OBJECTS = [{ a: '}"{', b: [{ c: 'é€𝄞' }] }, { d: 1 }, {}];

describe('JSON objects one after the other', () => {
  it('are the same however they are cut', () => {
    const bytes = Buffer.from(TEXT);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 })), (lengths) => {
        const objects = new JsonObjects();
        const found: unknown[] = [];
        let start = 0;
        for (const length of [...lengths, bytes.length]) {
          found.push(...objects.push(bytes.subarray(start, start + length)));
          start += length;
        }
        objects.end();
        expect(found).toEqual(OBJECTS);
      }),
    );
  });

  it('that are left over are refused', () => {
    const objects = new JsonObjects();
    objects.push(Buffer.from('{"a":'));
    expect(objects.size).toBe(5);
    expect(() => {
      objects.end();
    }).toThrow(expect.objectContaining({ code: 'ETCD_MALFORMED_JSON' }) as Error);
  });

  it('of megabytes that come byte by byte take no longer than they are large', () => {
    const objects = new JsonObjects();
    const value = 'x'.repeat(2_000_000);
    const bytes = Buffer.from(JSON.stringify({ value }));
    const found: unknown[] = [];
    for (let at = 0; at < bytes.length; at += 1) found.push(...objects.push(bytes.subarray(at, at + 1)));
    expect(found).toEqual([{ value }]);
  });
});
