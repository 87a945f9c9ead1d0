import fc from 'fast-check';
import { createLeastConnections } from './least-connections.ts';
import { endpoint, endpoints, serve } from './testing/describe-balancer.ts';

const OK = { result: 'ok', latencyMs: 1 } as const;

describe('least connections', () => {
  it('takes the one with the fewest requests in flight, ties in turn', () => {
    const balancer = createLeastConnections();
    balancer.update(endpoints('a', 'b', 'c'));
    balancer.onStart?.(endpoint('a'), 0);
    balancer.onStart?.(endpoint('c'), 0);
    expect(serve(balancer, 2)).toEqual(['b', 'b']);
    balancer.onEnd?.(endpoint('c'), OK, 3);
    expect(serve(balancer, 4)).toEqual(['c', 'b', 'c', 'b']);
  });

  it('remembers what is in flight at an endpoint that leaves and comes back', () => {
    const balancer = createLeastConnections();
    balancer.update(endpoints('a', 'b'));
    for (let request = 0; request < 3; request += 1) balancer.onStart?.(endpoint('a'), 0);
    balancer.update(endpoints('b'));
    balancer.onEnd?.(endpoint('a'), OK, 0);
    balancer.update(endpoints('a', 'b'));
    balancer.onStart?.(endpoint('b'), 0);
    expect(balancer.pick({ now: 0 })?.id).toBe('b'); // 2 at a, 1 at b
    balancer.onStart?.(endpoint('b'), 0);
    expect(balancer.pick({ now: 0 })?.id).toBe('a'); // 2 and 2, and a was picked longer ago
  });

  it('never lets one have two more in flight than another, when all answers hang (property)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(60), (count, requests) => {
        const balancer = createLeastConnections();
        const present = Array.from({ length: count }, (_, index) => endpoint(String(index)));
        balancer.update(present);
        const inFlight = new Map(present.map(({ id }) => [id, 0]));
        for (let request = 0; request < requests; request += 1) {
          const picked = balancer.pick({ now: 0 });
          if (picked === undefined) throw new Error('nobody was picked');
          balancer.onStart?.(picked, 0);
          inFlight.set(picked.id, (inFlight.get(picked.id) ?? 0) + 1);
        }
        expect(Math.max(...inFlight.values()) - Math.min(...inFlight.values())).toBeLessThanOrEqual(1);
      }),
    );
  });
});
