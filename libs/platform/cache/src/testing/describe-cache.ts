import type { OpenCache } from '../open-cache.ts';

export interface CacheUnderTest extends AsyncDisposable {
  /** Another process's view of the same cache; for one in memory, the same one. */
  open(): OpenCache;
  /** Lets milliseconds pass for what is kept. */
  pass(ms: number): Promise<void>;
}

type Test = (name: string, test: () => Promise<void>) => void;

/** What every cache promises. */
export function describeCache(name: string, start: () => Promise<CacheUnderTest>, test: Test = it): void {
  describe(name, () => {
    test('keeps a text until its time is over', async () => {
      await using world = await start();
      await using opened = world.open();
      const { cache } = opened;
      expect(await cache.get('chart')).toBeUndefined();
      await cache.set('chart', 'Lisboa ⚓', 5_000);
      await cache.set('fleeting', 'gone soon', 40);
      expect(await cache.get('chart')).toBe('Lisboa ⚓');
      await world.pass(80);
      expect([await cache.get('fleeting'), await cache.get('chart')]).toEqual([undefined, 'Lisboa ⚓']);
    });

    test('replaces a text and its time', async () => {
      await using world = await start();
      await using opened = world.open();
      const { cache } = opened;
      await cache.set('chart', 'old', 40);
      await cache.set('chart', 'new', 5_000);
      await world.pass(80);
      expect(await cache.get('chart')).toBe('new');
    });

    test('removes', async () => {
      await using world = await start();
      await using opened = world.open();
      const { cache } = opened;
      await cache.set('chart', 'old', 5_000);
      await cache.delete('chart');
      await cache.delete('never there');
      expect(await cache.get('chart')).toBeUndefined();
    });

    test('keeps an empty text, and one of a megabyte', async () => {
      await using world = await start();
      await using opened = world.open();
      const { cache } = opened;
      const long = 'x'.repeat(1_000_000);
      await cache.set('empty', '', 5_000);
      await cache.set('long', long, 5_000);
      expect([await cache.get('empty'), (await cache.get('long'))?.length]).toEqual(['', long.length]);
    });

    test('counts calls by caller, and says what is left and when it begins again', async () => {
      await using world = await start();
      await using opened = world.open();
      const limiter = opened.createRateLimiter('pages', { limit: 2, windowSeconds: 60 });
      const verdicts = [await limiter.take('ada'), await limiter.take('ada'), await limiter.take('ada')];
      expect(verdicts.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
        [true, 1],
        [true, 0],
        [false, 0],
      ]);
      for (const { resetMs } of verdicts) {
        expect(resetMs).toBeGreaterThan(0);
        expect(resetMs).toBeLessThanOrEqual(60_000);
      }
      expect(await limiter.take('grace')).toMatchObject({ allowed: true, remaining: 1, limit: 2, windowSeconds: 60 });
    });
  });
}
