import { setTimeout as passed } from 'node:timers/promises';
import { systemClock } from '@portolan/runtime';
import { Registry } from 'prom-client';
import { openCache, type OpenCache } from './open-cache.ts';
import type { RedisLogger } from './redis-connection.ts';
import { describeCache, missingRedis, RedisServer } from './testing/index.ts';

const missing = missingRedis();
/** Skipped aloud where Redis is not installed; with `PORTOLAN_REQUIRE_PEERS` it fails instead. */
const itWithRedis = missing === undefined || process.env.PORTOLAN_REQUIRE_PEERS !== undefined ? it : it.skip;
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

let server: RedisServer | undefined;
/** One for all tests: each asks under an app of its own. */
const running = async (): Promise<RedisServer> => (server ??= await RedisServer.start());
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

let apps = 0;
const silent: RedisLogger = { info: () => undefined, warn: () => undefined };
const open = (url: string, app: string, logger = silent): OpenCache =>
  openCache({ redisUrl: url, app, clock: systemClock, logger });

/** Writes until one is read back: the connection is there. */
async function ready({ cache }: OpenCache): Promise<void> {
  while ((await cache.get('ready')) === undefined) {
    await cache.set('ready', 'yes', 60_000);
    await passed(5);
  }
}

describeCache(
  'a cache in Redis',
  async () => {
    const { url } = await running();
    const app = `test-${(apps += 1)}`;
    const first = open(url, app);
    await ready(first);
    return { open: () => first, pass: (ms) => passed(ms), [Symbol.asyncDispose]: async () => undefined };
  },
  itWithRedis,
);

itWithRedis('is one for all instances of an app, and another for another app', async () => {
  const { url } = await running();
  await using first = open(url, 'shop');
  await using second = open(url, 'shop');
  await using other = open(url, 'office');
  await Promise.all([ready(first), ready(second), ready(other)]);
  await first.cache.set('chart', 'Lisboa', 5_000);
  expect([await second.cache.get('chart'), await other.cache.get('chart')]).toEqual(['Lisboa', undefined]);

  const limit = { limit: 3, windowSeconds: 60 };
  const counts = [first, second, first, second].map((one) => one.createRateLimiter('pages', limit));
  const verdicts = [];
  for (const limiter of counts) verdicts.push((await limiter.take('ada')).allowed);
  expect(verdicts).toEqual([true, true, true, false]);
});

itWithRedis('misses and forgets while Redis is dead, counts alone, and is there again by itself', async () => {
  await using own = await RedisServer.start();
  const said: string[] = [];
  const note = (_fields: object, message: string): void => void said.push(message);
  await using opened = open(own.url, 'shop', { info: note, warn: note });
  await ready(opened);
  const limiter = opened.createRateLimiter('pages', { limit: 1, windowSeconds: 60 });
  await opened.cache.set('chart', 'Lisboa', 60_000);
  expect((await limiter.take('ada')).allowed).toBe(true);
  await own.kill();
  expect(await opened.cache.get('chart')).toBeUndefined();
  await expect(opened.cache.set('chart', 'Porto', 60_000)).resolves.toBeUndefined();
  await expect(opened.cache.delete('chart')).resolves.toBeUndefined();
  expect([(await limiter.take('ada')).allowed, (await limiter.take('ada')).allowed]).toEqual([true, false]);
  await own.restart();
  await ready(opened);
  expect(said).toEqual(['Redis is away; going on without it', 'Redis is there again']);
});

itWithRedis('keeps nobody waiting while Redis hangs', async () => {
  await using own = await RedisServer.start();
  await using opened = open(own.url, 'shop');
  await ready(opened);
  own.signal('SIGSTOP');
  // The first waits for its time limit, the others not at all; the test's own limit is the guard.
  const answers = [];
  for (let index = 0; index < 1_000; index += 1) answers.push(await opened.cache.get('ready'));
  expect(new Set(answers)).toEqual(new Set([undefined]));
  own.signal('SIGCONT');
  await ready(opened);
  expect(await opened.cache.get('ready')).toBe('yes');
});

it('opens without a server, and says in a metric that it does without', async () => {
  const metrics = new Registry();
  const options = { redisUrl: 'redis://127.0.0.1:1', app: 'shop', clock: systemClock, logger: silent, metrics };
  await using opened = openCache(options);
  expect(await opened.cache.get('chart')).toBeUndefined();
  expect(await metrics.getSingleMetricAsString('redis_available')).toMatch(/redis_available 0/);
});
