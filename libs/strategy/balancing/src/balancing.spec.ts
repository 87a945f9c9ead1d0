import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { createSeededRng } from '@portolan/kernel';
import type { Balancer } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';
import { createBalancer, STRATEGIES, type StrategyName } from './strategies.ts';

const endpoint = (id: string, weight = 1): Endpoint => ({ id, service: 's', address: `${id}:1`, weight, metadata: {} });
const abc = ['a', 'b', 'c'].map((id) => endpoint(id));
const names = Object.keys(STRATEGIES).filter((name): name is StrategyName => name in STRATEGIES);

const balancer = (name: StrategyName, endpoints: readonly Endpoint[]): Balancer => {
  const created = createBalancer(name, { rng: createSeededRng(7) });
  created.update(endpoints);
  return created;
};

/** Virtual time between two requests. */
const STEP_MS = 100;

/** Picks, and ends each request at once with the latency given. */
function serve(subject: Balancer, calls: number, latencyMs: (id: string) => number = () => 10, from = 0): string[] {
  return Array.from({ length: calls }, (_, call) => {
    const now = from + call * STEP_MS;
    const picked = subject.pick({ now });
    if (picked === undefined) return 'none';
    subject.onStart?.(picked, now);
    subject.onEnd?.(picked, { result: 'ok', latencyMs: latencyMs(picked.id) }, now);
    return picked.id;
  });
}

const count = (ids: readonly string[], id: string): number => ids.filter((each) => each === id).length;

describe.each(names)('%s', (name) => {
  it('picks nothing from nothing, and the one from one', () => {
    expect(balancer(name, []).pick({ now: 0 })).toBeUndefined();
    expect(balancer(name, [endpoint('a')]).pick({ now: 0 })?.id).toBe('a');
  });

  it('spreads equal endpoints evenly', () => {
    const ids = serve(balancer(name, abc), 3_000);
    for (const { id } of abc) expect(count(ids, id)).toBeGreaterThan(850);
  });

  it('leaves out what is excluded, and says so when that is everything', () => {
    const subject = balancer(name, abc);
    for (let now = 0; now < 50; now += 1) {
      expect(subject.pick({ now, exclude: ({ id }) => id !== 'b' })?.id).toBe('b');
    }
    expect(subject.pick({ now: 50, exclude: () => true })).toBeUndefined();
  });

  it('forgets endpoints that left, uses ones that came, and takes their late outcomes calmly', () => {
    const subject = balancer(name, abc);
    const gone = endpoint('a');
    subject.onStart?.(gone, 0);
    subject.update([endpoint('b'), endpoint('d')]);
    subject.onEnd?.(gone, { result: 'failed', latencyMs: 5 }, 1);
    expect(new Set(serve(subject, 400))).toEqual(new Set(['b', 'd']));
  });

  it('is deterministic: the same seed and inputs, the same picks', () => {
    expect(serve(balancer(name, abc), 200)).toEqual(serve(balancer(name, abc), 200));
  });

  it('follows the weights when it says so, and only then', () => {
    const ids = serve(balancer(name, [endpoint('a', 3), endpoint('b', 1)]), 4_000);
    const share = count(ids, 'a') / 4_000;
    expect(share).toBeGreaterThan(STRATEGIES[name].weighted ? 0.6 : 0.45);
    expect(share).toBeLessThan(STRATEGIES[name].weighted ? 1 : 0.55);
  });

  it('only ever picks what is there and allowed (property)', () => {
    const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(ids, fc.nat(20), fc.constantFrom('ok', 'failed', 'cancelled')), { maxLength: 20 }),
        (rounds) => {
          const subject = createBalancer(name, { rng: createSeededRng(1) });
          let now = 0;
          for (const [present, picks, result] of rounds) {
            subject.update(present.map((id) => endpoint(id)));
            for (let pick = 0; pick < picks; pick += 1) {
              now += 1;
              const picked = subject.pick({ now });
              if (present.length === 0) expect(picked).toBeUndefined();
              else expect(present).toContain(picked?.id);
              if (picked === undefined) continue;
              subject.onStart?.(picked, now);
              subject.onEnd?.(picked, { result, latencyMs: 3 }, now);
            }
          }
        },
      ),
    );
  });

  it('is in the README with its summary', () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8').replace(/ +/g, ' ');
    expect(readme).toContain(`| \`${name}\` | ${STRATEGIES[name].summary} |`);
  });
});

describe('round-robin', () => {
  it('keeps whose turn it is while endpoints come and go', () => {
    const subject = balancer('round-robin', abc);
    expect(serve(subject, 2)).toEqual(['a', 'b']);
    subject.update([endpoint('b'), endpoint('c'), endpoint('d')]);
    expect(serve(subject, 4)).toEqual(['c', 'd', 'b', 'c']);
  });
});

describe('weighted-round-robin', () => {
  it('interleaves as nginx does', () => {
    const subject = balancer('weighted-round-robin', [endpoint('a', 5), endpoint('b'), endpoint('c')]);
    expect(serve(subject, 7).join('')).toBe('aabacaa');
  });

  it('lets an endpoint that fails do less, and wins it back', () => {
    const subject = balancer('weighted-round-robin', [endpoint('a', 9), endpoint('b', 9)]);
    for (let failure = 0; failure < 3; failure += 1) {
      subject.onEnd?.(endpoint('a'), { result: 'failed', latencyMs: 1 }, failure);
    }
    expect(count(serve(subject, 8), 'a')).toBeLessThan(3);
    serve(subject, 100);
    expect(count(serve(subject, 100), 'a')).toBe(50);
  });
});

describe('least-connections', () => {
  it('takes the one with fewest in flight', () => {
    const subject = balancer('least-connections', abc);
    subject.onStart?.(endpoint('a'), 0);
    subject.onStart?.(endpoint('c'), 0);
    expect([subject.pick({ now: 1 })?.id, subject.pick({ now: 2 })?.id]).toEqual(['b', 'b']);
    subject.onEnd?.(endpoint('c'), { result: 'cancelled', latencyMs: 0 }, 3);
    expect([subject.pick({ now: 4 })?.id, subject.pick({ now: 5 })?.id]).toEqual(['c', 'b']);
  });
});

describe('p2c-ewma', () => {
  it('avoids a slow endpoint at once, and tries it again after a while', () => {
    const subject = balancer('p2c-ewma', [endpoint('slow'), endpoint('fast')]);
    serve(subject, 50, (id) => (id === 'slow' ? 1_000 : 10));
    expect(
      count(
        serve(subject, 200, () => 10, 50),
        'slow',
      ),
    ).toBe(0);
    expect(
      count(
        serve(subject, 200, () => 10, 120_000),
        'slow',
      ),
    ).toBeGreaterThan(0);
  });

  it('avoids an endpoint that fails fast', () => {
    const subject = balancer('p2c-ewma', [endpoint('broken'), endpoint('fine')]);
    subject.onEnd?.(endpoint('broken'), { result: 'failed', latencyMs: 1 }, 0);
    expect(count(serve(subject, 100), 'broken')).toBe(0);
  });

  it('counts what is pending: an endpoint that hangs gets no more', () => {
    const subject = balancer('p2c-ewma', [endpoint('hangs'), endpoint('works')]);
    serve(subject, 200);
    for (let pending = 0; pending < 5; pending += 1) subject.onStart?.(endpoint('hangs'), 10);
    expect(
      count(
        serve(subject, 100, () => 10, 10),
        'hangs',
      ),
    ).toBe(0);
  });
});
