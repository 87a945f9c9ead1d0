import fc from 'fast-check';
import type { Endpoint } from './endpoint.ts';
import { countOf, endpoint, serve } from './testing/describe-balancer.ts';
import { createWeightedRoundRobin } from './weighted-round-robin.ts';

interface Peer {
  readonly id: string;
  readonly weight: number;
  effective: number;
  current: number;
}

/** `ngx_http_upstream_get_peer`, line by line. */
class NginxModel {
  readonly #peers: readonly Peer[];

  constructor(endpoints: readonly Endpoint[]) {
    this.#peers = endpoints.map(({ id, weight }) => ({ id, weight, effective: weight, current: 0 }));
  }

  pick(excluded: readonly string[]): string | undefined {
    let best: Peer | undefined;
    let total = 0;
    for (const peer of this.#peers) {
      if (excluded.includes(peer.id)) continue;
      peer.current += peer.effective;
      total += peer.effective;
      if (peer.effective < peer.weight) peer.effective += 1;
      if (best === undefined || peer.current > best.current) best = peer;
    }
    if (best !== undefined) best.current -= total;
    return best?.id;
  }

  fail(id: string): void {
    for (const peer of this.#peers) if (peer.id === id) peer.effective = 0;
  }
}

describe('weighted round robin', () => {
  it.each([
    [[5, 1, 1], 'aabacaa'],
    [[1, 1, 1], 'abcabc'],
    [[4, 2, 1], 'abacaba'],
  ])('interleaves weights %j as nginx does: %s', (weights, sequence) => {
    const balancer = createWeightedRoundRobin();
    balancer.update(weights.map((weight, index) => endpoint('abc'.charAt(index), weight)));
    expect(serve(balancer, sequence.length).join('')).toBe(sequence);
  });

  it('takes all weight from an endpoint that fails, and gives it back one a pick', () => {
    const balancer = createWeightedRoundRobin();
    balancer.update([endpoint('a', 10), endpoint('b', 10)]);
    balancer.onEnd?.(endpoint('a', 10), { result: 'failed', latencyMs: 1 }, 0);
    const ids = serve(balancer, 12);
    expect(countOf(ids, 'a')).toBeLessThan(5);
    expect(countOf(serve(balancer, 100), 'a')).toBe(50);
  });

  it('takes a part of the weight when several failures are allowed', () => {
    const balancer = createWeightedRoundRobin({ maxFails: 5 });
    balancer.update([endpoint('a', 10), endpoint('b', 10)]);
    balancer.onEnd?.(endpoint('a', 10), { result: 'failed', latencyMs: 1 }, 0);
    expect(serve(balancer, 4)).toEqual(['b', 'a', 'b', 'a']);
  });

  it('keeps its place in the sequence while nothing changes', () => {
    const balancer = createWeightedRoundRobin();
    const present = [endpoint('a', 5), endpoint('b', 1), endpoint('c', 1)];
    const ids = Array.from({ length: 7 }, () => {
      balancer.update(present);
      return serve(balancer, 1)[0];
    });
    expect(ids.join('')).toBe('aabacaa');
  });

  it('picks as nginx does, with failures and exclusions (property)', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 8 });
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant('pick' as const) },
      fc.nat(7).map((failed) => ({ failed })),
      fc.uniqueArray(fc.nat(7)).map((excluded) => ({ excluded })),
    );
    fc.assert(
      fc.property(weights, fc.array(step, { maxLength: 300 }), (each, steps) => {
        const present = each.map((weight, index) => endpoint(String(index), weight));
        const balancer = createWeightedRoundRobin();
        balancer.update(present);
        const nginx = new NginxModel(present);
        for (const action of steps) {
          if (action === 'pick') expect(balancer.pick({ now: 0 })?.id).toBe(nginx.pick([]));
          else if ('failed' in action) {
            const failed = present[action.failed];
            if (failed === undefined) continue;
            balancer.onEnd?.(failed, { result: 'failed', latencyMs: 1 }, 0);
            nginx.fail(failed.id);
          } else {
            const excluded = action.excluded.map(String);
            expect(balancer.pick({ now: 0, exclude: ({ id }) => excluded.includes(id) })?.id).toBe(
              nginx.pick(excluded),
            );
          }
        }
      }),
    );
  });
});
