import { TokenRing } from './token-ring.ts';

describe('a ring of numbered values', () => {
  it('finds each by its number, in whatever order others are forgotten, and however many there are', () => {
    const ring = new TokenRing<string>();
    const model = new Map<number, string>();
    for (let step = 1; step <= 20_000; step += 1) {
      const token = ring.add(`v${step}`);
      expect(token).toBe(step);
      model.set(token, `v${step}`);
      // All but every 100th are forgotten, the next but one first, for a while none.
      const forgotten = step % 2 === 0 ? step : step - 2;
      if (step > 3_000 && forgotten % 100 !== 0) {
        ring.delete(forgotten);
        model.delete(forgotten);
      }
    }
    expect([...ring]).toEqual([...model]);
    expect([0, 1, 7_000, 7_001, 20_001].map((token) => ring.get(token))).toEqual([
      undefined,
      'v1',
      'v7000',
      undefined,
      undefined,
    ]);
    for (const token of model.keys()) ring.delete(token);
    expect([...ring]).toEqual([]);
    expect(ring.get(ring.add('after'))).toBe('after');
  });

  it('goes on while it is read and what it has is forgotten', () => {
    const ring = new TokenRing<number>();
    for (let value = 0; value < 3_000; value += 1) ring.add(value);
    const read: number[] = [];
    for (const [token, value] of ring) {
      read.push(value);
      ring.delete(token);
      ring.delete(token + 1);
    }
    expect(read).toEqual(Array.from({ length: 1_500 }, (_, index) => 2 * index));
  });
});
