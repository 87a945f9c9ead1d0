import { defineConfig, loadConfigOrExit } from '@portolan/config';
import { ReviewsServiceService } from '@portolan/contracts/reviews';
import { implement } from '@portolan/rpc';
import { z } from 'zod';
import { runService, serviceSettings } from '../index.ts';

/** A service for the spec: ratings of whatever is asked for. `listReviews` is still under way when the process drains. */
const config = loadConfigOrExit(
  defineConfig({
    app: 'fixture',
    summary: 'a service for tests',
    schema: z.object({ ...serviceSettings, stars: z.int().default(5).describe('What it rates everything with.') }),
  }),
  process,
);

/** How long a call goes on after the process was told to end. */
const LEAVING_MS = 1_000;

await runService('fixture', config, ({ logger, use }) => {
  const log = logger('fixture');
  const draining = Promise.withResolvers<undefined>();
  // It outlasts the deregistration, which begins at the same signal.
  process.once('SIGTERM', () => {
    setTimeout(draining.resolve, LEAVING_MS, undefined);
  });
  use('what it used', {
    [Symbol.dispose]: () => {
      log.info({ event: 'closed' }, 'closed what it used');
    },
  });
  return [
    implement(ReviewsServiceService, {
      listReviews: async () => {
        log.info({ event: 'asked' }, 'asked for reviews');
        await draining.promise;
        return { reviews: [], nextPageToken: '', rating: undefined };
      },
      getRatings: async ({ productIds }) => ({
        ratings: productIds.map((productId) => ({ productId, averageStars: config.stars, reviews: 1 })),
      }),
    }),
  ];
});
