import { checkOrder, fingerprintOf, LINES_MAX } from './order-request.ts';

const line = (productId: string, quantity = 1) => ({ productId, quantity });

describe('a request', () => {
  it.each([
    ['no key', '', [line('1')], { idempotencyKey: 'is not 1 to 128 letters, digits, _ . : ~ or -' }],
    ['a key that could be a path', 'a/b', [line('1')], { idempotencyKey: expect.any(String) as string }],
    ['no lines', 'k', [], { lines: 'are 0, not 1 to 50' }],
    [
      'too many lines',
      'k',
      Array.from({ length: LINES_MAX + 1 }, (_, index) => line(String(index))),
      { lines: 'are 51, not 1 to 50' },
    ],
    ['a product twice', 'k', [line('1'), line('1')], { 'lines[1].productId': 'product 1 occurs twice' }],
    [
      'wrong quantities',
      'k',
      [line('1', 0), line('2', 1_001), line('3')],
      { 'lines[0].quantity': 'is 0, not 1 to 1000', 'lines[1].quantity': 'is 1001, not 1 to 1000' },
    ],
  ])('with %s is refused, with everything that is wrong', (_what, idempotencyKey, lines, context) => {
    const check = (): void => {
      checkOrder({ idempotencyKey, lines });
    };
    expect(check).toThrow(expect.objectContaining({ code: 'ORDERS_INVALID_ORDER', kind: 'invalid', context }) as Error);
  });

  it('is the same as one with its lines in another order, and as no other', () => {
    const fingerprint = fingerprintOf([line('1', 2), line('10')]);
    expect(fingerprintOf([line('10'), line('1', 2)])).toBe(fingerprint);
    expect(fingerprintOf([line('10', 2), line('1')])).not.toBe(fingerprint);
    expect(fingerprintOf([line('1', 2)])).not.toBe(fingerprint);
  });
});
