import { STRATEGY_NAMES, type Endpoint, type StrategyName } from '@portolan/balancing';
import { createSeededRng } from '@portolan/kernel';
import { VirtualClock } from '@portolan/virtual-world';
import fc from 'fast-check';
import type { EndpointSet } from '../discovery.ts';
import { KnownEndpoints } from '../known/known-endpoints.ts';
import { KnownItems } from '../known/known-items.ts';
import { whichEndpoints } from '../known/questions.ts';
import { createEndpointSet } from './endpoint-set.ts';
import { AVOID_MS_MIN, TRIAL_MS } from './refusals.ts';
import { endpointAt } from './testing/fleet.ts';

const endpoint = (id: string, port = 1): Endpoint => endpointAt(id, `${id}:${port}`);
const OK = { result: 'ok', latencyMs: 1 } as const;

interface Open {
  readonly set: EndpointSet & Disposable;
  readonly clock: VirtualClock;
  readonly refused: string[];
  readonly list: (...endpoints: readonly Endpoint[]) => void;
  /** Ids of so many picks, none of which ends. */
  readonly picks: (count: number, exclude?: string) => ReadonlySet<string | undefined>;
}

function open(strategy: StrategyName = 'round-robin'): Open {
  const clock = new VirtualClock();
  const items = new KnownItems<Endpoint>(whichEndpoints({ service: 'echo' }).kind, clock);
  const refused: string[] = [];
  const set = createEndpointSet(new KnownEndpoints(items), {
    strategy,
    rng: createSeededRng(1),
    clock,
    onRefused: ({ id }) => refused.push(id),
  });
  let revision = 0;
  const pick = (exclude?: string): string | undefined => {
    const context = { now: clock.now() };
    return set.pick(exclude === undefined ? context : { ...context, exclude: ({ id }) => id === exclude })?.id;
  };
  return {
    set,
    clock,
    refused,
    list: (...endpoints) => {
      items.accept({ items: endpoints, revision: (revision += 1), incarnation: 'a' });
    },
    picks: (count, exclude) => new Set(Array.from({ length: count }, () => pick(exclude))),
  };
}

describe.each(STRATEGY_NAMES)('endpoints balanced by %s', (strategy) => {
  it('follow what is known, and nothing else after they are disposed', () => {
    const { set, list, picks } = open(strategy);
    const seen: string[] = [];
    const unsubscribe = set.subscribe(() =>
      seen.push(
        set
          .current()
          .map(({ id }) => id)
          .join(' '),
      ),
    );
    expect(picks(1)).toEqual(new Set([undefined]));
    list(endpoint('a'), endpoint('b'));
    expect(picks(40)).toEqual(new Set(['a', 'b']));
    list(endpoint('b'), endpoint('c'));
    expect(picks(40)).toEqual(new Set(['b', 'c']));
    unsubscribe();
    list(endpoint('c'));
    set[Symbol.dispose]();
    list(endpoint('a'));
    expect(picks(3)).toEqual(new Set(['c']));
    expect(seen).toEqual(['a b', 'b c']);
  });

  it('avoid one that refused, for its time', async () => {
    const { set, clock, list, picks, refused } = open(strategy);
    list(endpoint('a'), endpoint('b'), endpoint('c'));
    set.refused(endpoint('a'));
    expect(refused).toEqual(['a']);
    expect(picks(40)).toEqual(new Set(['b', 'c']));
    expect(picks(40, 'b')).toEqual(new Set(['c']));
    await clock.advance(AVOID_MS_MIN - 1);
    expect(picks(40)).toEqual(new Set(['b', 'c']));
    await clock.advance(1);
    expect(picks(40)).toEqual(new Set(['a', 'b', 'c']));
  });

  it('try all when all refused, but none twice for one request', () => {
    const { set, list, picks } = open(strategy);
    list(endpoint('a'), endpoint('b'));
    set.refused(endpoint('a'));
    set.refused(endpoint('b'));
    expect(picks(40)).toEqual(new Set(['a', 'b']));
    expect(picks(40, 'a')).toEqual(new Set(['b']));
  });
});

describe('an endpoint that refused', () => {
  it('is tried by one request when its time is over, and by all after a success', async () => {
    const { set, clock, list, picks } = open();
    list(endpoint('a'), endpoint('b'));
    set.refused(endpoint('a'));
    await clock.advance(AVOID_MS_MIN);
    expect(set.pick({ now: clock.now() })?.id).toBe('a');
    expect(picks(10)).toEqual(new Set(['b']));
    set.onEnd(endpoint('a'), OK, clock.now());
    expect(picks(10)).toEqual(new Set(['a', 'b']));
  });

  it('is tried by the next when nothing is heard of the first', async () => {
    const { set, clock, list, picks } = open();
    list(endpoint('a'), endpoint('b'));
    set.refused(endpoint('a'));
    await clock.advance(AVOID_MS_MIN);
    picks(2);
    await clock.advance(TRIAL_MS);
    expect(picks(2)).toEqual(new Set(['a', 'b']));
  });

  it('is avoided for longer each time, up to 30 s', async () => {
    const { set, clock, list, picks } = open();
    list(endpoint('a'), endpoint('b'));
    const avoidedMs: number[] = [];
    for (let refusals = 0; refusals < 40; refusals += 1) {
      set.refused(endpoint('a'));
      const since = clock.now();
      // Many at once count once.
      for (let more = 0; more < 10; more += 1) set.refused(endpoint('a'));
      while (!picks(2).has('a')) await clock.advance(100);
      avoidedMs.push(clock.now() - since);
    }
    expect(avoidedMs[0]).toBe(AVOID_MS_MIN);
    expect(avoidedMs[1]).toBeLessThanOrEqual(3_100);
    expect(Math.max(...avoidedMs)).toBeGreaterThan(20_000);
    expect(Math.max(...avoidedMs)).toBeLessThanOrEqual(30_100);
    set.onEnd(endpoint('a'), OK, clock.now());
    set.refused(endpoint('a'));
    await clock.advance(AVOID_MS_MIN);
    expect(picks(2)).toEqual(new Set(['a', 'b']));
  });

  it('is forgotten when it leaves, or comes back under another address', () => {
    const { set, list, picks } = open();
    list(endpoint('a'), endpoint('b'));
    set.refused(endpoint('a'));
    list(endpoint('a', 2), endpoint('b'));
    expect(picks(2)).toEqual(new Set(['a', 'b']));
    set.refused(endpoint('a', 1));
    expect(picks(2)).toEqual(new Set(['a', 'b']));
    set.refused(endpoint('a', 2));
    list(endpoint('b'));
    list(endpoint('a', 2), endpoint('b'));
    expect(picks(2)).toEqual(new Set(['a', 'b']));
  });

  it('is never picked while another is not avoided (property)', () => {
    const step = fc.tuple(fc.constantFrom('refused', 'ok', 'pick'), fc.constantFrom('a', 'b', 'c'));
    fc.assert(
      fc.property(fc.constantFrom(...STRATEGY_NAMES), fc.array(step, { maxLength: 40 }), (strategy, steps) => {
        const { set, list } = open(strategy);
        const all = ['a', 'b', 'c'].map((id) => endpoint(id));
        list(...all);
        const refused = new Set<string>();
        for (const [what, id] of steps) {
          if (what === 'refused') {
            set.refused(endpoint(id));
            refused.add(id);
          } else if (what === 'ok') {
            set.onEnd(endpoint(id), OK, 0);
            refused.delete(id);
          } else {
            const picked = set.pick({ now: 0 });
            expect(picked).toBeDefined();
            if (refused.size < all.length) expect(refused.has(picked?.id ?? '')).toBe(false);
          }
        }
      }),
    );
  });
});

describe('what a balancer learned', () => {
  it('is kept through changes', () => {
    const { set, list, picks } = open('least-connections');
    list(endpoint('a'), endpoint('b'));
    for (let request = 0; request < 3; request += 1) set.onStart(endpoint('a'), 0);
    list(endpoint('a'), endpoint('b'), endpoint('c'));
    for (let request = 0; request < 2; request += 1) set.onStart(endpoint('c'), 0);
    expect(picks(1)).toEqual(new Set(['b']));
    list(endpoint('a'), endpoint('c'));
    expect(picks(1)).toEqual(new Set(['c']));
  });
});

describe('waiting for anything to be known', () => {
  it('ends with the first answer, or with the signal', async () => {
    const { set, list } = open();
    const over = new AbortController();
    const given = set.known(over.signal);
    over.abort(new RangeError('enough'));
    await expect(given).rejects.toThrow('enough');
    const known = set.known(new AbortController().signal);
    list();
    await expect(known).resolves.toBeUndefined();
  });
});
