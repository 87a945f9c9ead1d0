import { createSeededRng, type Rng } from '@portolan/kernel';
import type { Balancer, Outcome } from './balancer.ts';
import { createP2cEwma, type P2cEwmaOptions } from './p2c-ewma.ts';
import { countOf, endpoint, endpoints, serve } from './testing/describe-balancer.ts';

const create = (ids: readonly string[], options: P2cEwmaOptions = {}, rng: Rng = createSeededRng(7)): Balancer => {
  const balancer = createP2cEwma({ rng, ...options });
  balancer.update(endpoints(...ids));
  return balancer;
};
const ended = (balancer: Balancer, id: string, outcome: Outcome, now: number): void => {
  balancer.onStart?.(endpoint(id), now);
  balancer.onEnd?.(endpoint(id), outcome, now);
};
const ok = (latencyMs: number): Outcome => ({ result: 'ok', latencyMs });

/** Which of two is picked says which load is lower: with two endpoints both are always drawn. */
const picked = (balancer: Balancer, now: number): string | undefined => balancer.pick({ now })?.id;

describe('p2c ewma', () => {
  it('avoids a slow endpoint at once, and tries it again when the memory has faded', () => {
    const balancer = create(['slow', 'fast']);
    serve(balancer, 50, (id) => ok(id === 'slow' ? 1_000 : 10));
    expect(countOf(serve(balancer, 200, undefined, 5_000), 'slow')).toBe(0);
    // e^(−Δt/τ) · 1,000 < 10 after 46 s
    expect(countOf(serve(balancer, 200, undefined, 60_000), 'slow')).toBeGreaterThan(10);
  });

  it.each([
    // cost after 100 ms at 0 s and a faster 10 ms at 5 s: 100·e^(−½) + 10·(1 − e^(−½)) = 64.6
    [64.5, 'other'],
    [64.7, 'it'],
  ])('averages with τ = 10 s: against a cost of %d ms it is picked: %s', (against, expected) => {
    const balancer = create(['it', 'other']);
    ended(balancer, 'it', ok(100), 0);
    ended(balancer, 'it', ok(10), 5_000);
    ended(balancer, 'other', ok(against), 5_000);
    expect(picked(balancer, 5_000)).toBe(expected);
  });

  it('takes a slower answer at its word at once: peak, not average', () => {
    const balancer = create(['it', 'other']);
    ended(balancer, 'it', ok(10), 0);
    ended(balancer, 'it', ok(100), 1);
    ended(balancer, 'other', ok(99), 1);
    expect(picked(balancer, 1)).toBe('other');
  });

  it('sends a newcomer one request, and thinks 30 ms of it until the answer', () => {
    const balancer = create(['new', 'known']);
    ended(balancer, 'known', ok(20), 0);
    expect(picked(balancer, 0)).toBe('new');
    balancer.onStart?.(endpoint('new'), 0);
    expect(picked(balancer, 0)).toBe('known'); // 30·2 against 20·1
    balancer.onEnd?.(endpoint('new'), ok(5), 5);
    expect(picked(balancer, 5)).toBe('new');
  });

  it('counts what is in flight: an endpoint that hangs gets no more', () => {
    const balancer = create(['hangs', 'works']);
    ended(balancer, 'hangs', ok(10), 0);
    ended(balancer, 'works', ok(10), 0);
    for (let request = 0; request < 5; request += 1) balancer.onStart?.(endpoint('hangs'), 0);
    expect(
      countOf(
        Array.from({ length: 20 }, () => picked(balancer, 0) ?? ''),
        'hangs',
      ),
    ).toBe(0);
  });

  it('tells endpoints apart by what is in flight when all cost has faded', () => {
    const balancer = create(['busy', 'free']);
    ended(balancer, 'busy', ok(10), 0);
    ended(balancer, 'free', ok(10), 0);
    balancer.onStart?.(endpoint('busy'), 0);
    const inAYear = 365 * 86_400_000;
    expect(Array.from({ length: 20 }, () => picked(balancer, inAYear))).toEqual(Array<string>(20).fill('free'));
  });

  it('is not attracted by an endpoint that fails fast', () => {
    const balancer = create(['broken', 'fine']);
    ended(balancer, 'fine', ok(20), 0);
    ended(balancer, 'broken', { result: 'failed', latencyMs: 1 }, 0);
    expect(countOf(serve(balancer, 100), 'broken')).toBe(0);
  });

  it.each([
    ['better', 1, 'other'],
    ['worse when it had waited longer than usual', 500, 'other'],
  ])('does not think %s of an endpoint after a cancelled request', (_what, latencyMs, expected) => {
    const balancer = create(['it', 'other']);
    ended(balancer, 'it', ok(latencyMs === 1 ? 50 : 5), 0);
    ended(balancer, 'other', ok(20), 0);
    ended(balancer, 'it', { result: 'cancelled', latencyMs }, 0);
    expect(picked(balancer, 0)).toBe(expected);
  });
});
