import { PlacedTokens } from './placed-tokens.ts';

function takeAll(placed: PlacedTokens, index: number): number[] {
  const taken: number[] = [];
  for (let token = placed.take(index); token !== undefined; token = placed.take(index)) taken.push(token);
  return taken;
}

describe('proposals by where they stand in the log', () => {
  it('come in order of their places, also when a new leader places where another did', () => {
    const placed = new PlacedTokens();
    for (const [index, token] of [
      [5, 1],
      [6, 2],
      [9, 3],
      [6, 4],
      [7, 5],
    ] as const)
      placed.add(index, token);
    expect(takeAll(placed, 4)).toEqual([]);
    expect(takeAll(placed, 5)).toEqual([1]);
    expect(takeAll(placed, 6)).toEqual([2, 4]);
    placed.add(8, 6);
    expect(takeAll(placed, 9)).toEqual([5, 6, 3]);
    placed.add(10, 7);
    placed.clear();
    expect(takeAll(placed, 10)).toEqual([]);
  });
});
