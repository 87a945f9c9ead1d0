import fc from 'fast-check';
import { createRoundRobin } from './round-robin.ts';
import { endpoint, endpoints, serve } from './testing/describe-balancer.ts';

describe('round robin', () => {
  it('lets each wait for its turn while others come and go', () => {
    const balancer = createRoundRobin();
    balancer.update(endpoints('a', 'b', 'c'));
    expect(serve(balancer, 2)).toEqual(['a', 'b']);
    balancer.update(endpoints('d', 'c', 'b'));
    expect(serve(balancer, 4)).toEqual(['c', 'b', 'd', 'c']);
  });

  it('keeps the turn of an endpoint that was excluded', () => {
    const balancer = createRoundRobin();
    balancer.update(endpoints('a', 'b', 'c'));
    expect(balancer.pick({ now: 0, exclude: ({ id }) => id === 'a' })?.id).toBe('b');
    expect(serve(balancer, 3)).toEqual(['a', 'c', 'b']);
  });

  it('picks nobody twice between two turns of another that stays (property)', () => {
    const sets = fc.array(fc.tuple(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e')), fc.nat(8)), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(sets, (rounds) => {
        const balancer = createRoundRobin();
        const picks: string[] = [];
        for (const [ids, count] of rounds) {
          balancer.update(['stays', ...ids].map((id) => endpoint(id)));
          picks.push(...serve(balancer, count));
        }
        const turns = picks.join(' ').split('stays');
        for (const between of turns) {
          const others = between.split(' ').filter((id) => id !== '');
          expect(new Set(others).size).toBe(others.length);
        }
      }),
    );
  });
});
