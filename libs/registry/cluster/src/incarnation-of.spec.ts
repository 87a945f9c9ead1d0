import { incarnationOf } from './incarnation-of.ts';

it('is one for all members of a cluster, and another one for each other cluster and each generation', () => {
  const of = (clusterId: bigint, generation: number): string => incarnationOf({ clusterId, generation });
  expect(of(7n, 0)).toBe(of(7n, 0));
  expect(of(7n, 0)).toMatch(/^[0-9a-f]{16}$/);
  expect(new Set([of(7n, 0), of(7n, 1), of(8n, 0), of(0x71n, 0)]).size).toBe(4);
});
