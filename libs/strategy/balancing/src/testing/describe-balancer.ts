import fc from 'fast-check';
import { createSeededRng } from '@portolan/kernel';
import type { Balancer, Outcome } from '../balancer.ts';
import type { Endpoint } from '../endpoint.ts';
import type { BalancerOptions, StrategyRow } from '../strategies.ts';

/** An endpoint for tests: its id says all. */
export const endpoint = (id: string, weight = 1, address = `${id}:1`): Endpoint => ({
  id,
  address,
  weight,
  service: 'shop',
  metadata: {},
});

export const endpoints = (...ids: readonly string[]): readonly Endpoint[] => ids.map((id) => endpoint(id));

/** Virtual ms between two requests of `serve`. */
const STEP_MS = 100;
const OK: Outcome = { result: 'ok', latencyMs: 10 };

/** Sends requests one after the other, each over before the next, and returns who took them. */
export function serve(
  balancer: Balancer,
  requests: number,
  outcome: (id: string) => Outcome = () => OK,
  from = 0,
): string[] {
  return Array.from({ length: requests }, (_, request) => {
    const now = from + request * STEP_MS;
    const picked = balancer.pick({ now });
    if (picked === undefined) return 'none';
    balancer.onStart?.(picked, now);
    balancer.onEnd?.(picked, outcome(picked.id), now);
    return picked.id;
  });
}

export const countOf = (ids: readonly string[], id: string): number => ids.filter((each) => each === id).length;

/** What every strategy promises, whatever it is. A new row of `STRATEGIES` is tested by this before its author writes a test. */
export function describeBalancer(name: string, row: StrategyRow): void {
  const create = (present: readonly Endpoint[], options: Partial<BalancerOptions> = {}): Balancer => {
    const balancer = row.create({ rng: createSeededRng(48_151), ...options });
    balancer.update(present);
    return balancer;
  };

  describe(name, () => {
    it('picks nothing from nothing, and the one from one', () => {
      expect(create([]).pick({ now: 0 })).toBeUndefined();
      expect(serve(create(endpoints('a')), 3)).toEqual(['a', 'a', 'a']);
      const emptied = create(endpoints('a'));
      emptied.update([]);
      expect(emptied.pick({ now: 0 })).toBeUndefined();
    });

    it('spreads requests evenly over equals, one after the other', () => {
      const ids = serve(create(endpoints('a', 'b', 'c')), 3_000);
      for (const id of ['a', 'b', 'c']) expect(countOf(ids, id)).toBeGreaterThan(850);
    });

    it('spreads requests evenly over equals, all at once', () => {
      const balancer = create(endpoints('a', 'b', 'c', 'd'));
      const ids = Array.from({ length: 400 }, () => {
        const picked = balancer.pick({ now: 0 });
        if (picked !== undefined) balancer.onStart?.(picked, 0);
        return picked?.id ?? 'none';
      });
      for (const id of ['a', 'b', 'c', 'd']) expect(countOf(ids, id)).toBeGreaterThan(85);
    });

    it(row.weighted ? 'follows the weights' : 'takes no notice of weights', () => {
      const ids = serve(create([endpoint('a', 3), endpoint('b', 1)]), 4_000);
      const share = countOf(ids, 'a') / ids.length;
      expect(share).toBeGreaterThan(row.weighted ? 0.7 : 0.45);
      expect(share).toBeLessThan(row.weighted ? 0.8 : 0.55);
    });

    it('leaves out what is excluded, and says so when that is everything', () => {
      const balancer = create(endpoints('a', 'b', 'c', 'd', 'e'));
      for (let now = 0; now < 50; now += 1) {
        expect(balancer.pick({ now, exclude: ({ id }) => id !== 'd' })?.id).toBe('d');
      }
      const two = serveExcept(balancer, 200, 'a', 'c', 'e');
      expect(countOf(two, 'b') + countOf(two, 'd')).toBe(200);
      expect(countOf(two, 'b')).toBeGreaterThan(50);
      expect(balancer.pick({ now: 100, exclude: () => true })).toBeUndefined();
    });

    it('answers with the endpoint as it was last described', () => {
      const balancer = create(endpoints('a'));
      const described = { ...endpoint('a'), metadata: { zone: 'north' } };
      balancer.update([described]);
      expect(balancer.pick({ now: 0 })).toBe(described);
    });

    it('counts the first of several endpoints with one id', () => {
      const balancer = create([endpoint('a', 1, 'first:1'), endpoint('a', 1, 'second:1')]);
      expect(new Set([balancer.pick({ now: 0 })?.address, balancer.pick({ now: 0 })?.address])).toEqual(
        new Set(['first:1']),
      );
    });

    it('uses who comes and forgets who leaves, also when their requests end later', () => {
      const balancer = create(endpoints('a', 'b'));
      const gone = endpoint('a');
      balancer.onStart?.(gone, 0);
      balancer.update(endpoints('b', 'c'));
      balancer.onEnd?.(gone, { result: 'failed', latencyMs: 5 }, 1);
      expect(new Set(serve(balancer, 400))).toEqual(new Set(['b', 'c']));
    });

    it('gives an instance that comes back under another address a fresh start', () => {
      const balancer = create(endpoints('a', 'b'));
      serve(balancer, 50, (id) => (id === 'a' ? { result: 'failed', latencyMs: 1 } : OK));
      for (let request = 0; request < 50; request += 1) balancer.onStart?.(endpoint('a'), 5_000);
      balancer.update([endpoint('a', 1, 'elsewhere:1'), endpoint('b')]);
      const share = countOf(serve(balancer, 400, undefined, 5_000), 'a');
      expect(share).toBeGreaterThan(150);
      expect(share).toBeLessThan(250);
    });

    it('keeps nobody waiting for ever after a failure', () => {
      const balancer = create(endpoints('a', 'b'));
      serve(balancer, 20, (id) => (id === 'a' ? { result: 'failed', latencyMs: 1 } : OK));
      const later = serve(balancer, 200, undefined, 200_000);
      expect(countOf(later, 'a')).toBeGreaterThan(20);
    });

    it('does not hold a cancelled request against an endpoint', () => {
      const balancer = create(endpoints('a', 'b'));
      serve(balancer, 20);
      serve(balancer, 100, (id) => (id === 'a' ? { result: 'cancelled', latencyMs: 0 } : OK), 2_000);
      expect(countOf(serve(balancer, 200, undefined, 12_000), 'a')).toBeGreaterThan(50);
    });

    it('replays from its seed and its inputs', () => {
      const run = (): string[] => serve(create(endpoints('a', 'b', 'c')), 200);
      expect(run()).toEqual(run());
    });

    it('only ever picks what is there and not excluded, whatever happens (property)', () => {
      fc.assert(
        fc.property(fc.array(stepArbitrary, { maxLength: 120 }), (steps) => {
          play(create([]), steps);
        }),
      );
    });
  });
}

function serveExcept(balancer: Balancer, requests: number, ...excluded: readonly string[]): string[] {
  return Array.from({ length: requests }, (_, now) => {
    const picked = balancer.pick({ now, exclude: ({ id }) => excluded.includes(id) });
    if (picked === undefined) return 'none';
    balancer.onStart?.(picked, now);
    balancer.onEnd?.(picked, OK, now);
    return picked.id;
  });
}

type Step =
  | { readonly do: 'update'; readonly present: readonly Endpoint[] }
  | { readonly do: 'start'; readonly excluded: readonly string[] }
  | { readonly do: 'end'; readonly request: number; readonly outcome: Outcome };

const idArbitrary = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('update' as const),
    present: fc.uniqueArray(
      fc
        .tuple(idArbitrary, fc.integer({ min: 1, max: 100 }), fc.constantFrom('north:1', 'south:1'))
        .map(([id, weight, address]) => endpoint(id, weight, address)),
      { selector: ({ id }) => id },
    ),
  }),
  { weight: 4, arbitrary: fc.record({ do: fc.constant('start' as const), excluded: fc.uniqueArray(idArbitrary) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      request: fc.nat(50),
      outcome: fc.record({
        latencyMs: fc.nat(10_000),
        result: fc.constantFrom('ok' as const, 'failed' as const, 'cancelled' as const),
      }),
    }),
  },
);

function play(balancer: Balancer, steps: readonly Step[]): void {
  const running: Endpoint[] = [];
  let present: readonly Endpoint[] = [];
  let now = 0;
  for (const step of steps) {
    now += 7;
    switch (step.do) {
      case 'update':
        present = step.present;
        balancer.update(present);
        break;
      case 'start': {
        const eligible = present.filter(({ id }) => !step.excluded.includes(id));
        const picked = balancer.pick({ now, exclude: ({ id }) => step.excluded.includes(id) });
        if (eligible.length === 0) expect(picked).toBeUndefined();
        else expect(eligible).toContain(picked);
        if (picked === undefined) break;
        balancer.onStart?.(picked, now);
        running.push(picked);
        break;
      }
      case 'end': {
        const [ended] = running.splice(step.request % Math.max(1, running.length), 1);
        if (ended !== undefined) balancer.onEnd?.(ended, step.outcome, now);
      }
    }
  }
}
