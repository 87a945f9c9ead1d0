import { loadConfigOrExit } from '@portolan/config';
import { ReviewsServiceService } from '@portolan/contracts/reviews';
import { implement } from '@portolan/rpc';
import { runService } from '@portolan/service';
import { demoReviewsConfig } from './config.ts';
import { createReviews, REVIEWS_SEED } from './reviews.ts';
import { createReviewsService } from './reviews-service.ts';

await runService('demo-reviews', loadConfigOrExit(demoReviewsConfig, process), () => [
  implement(ReviewsServiceService, createReviewsService(createReviews(REVIEWS_SEED))),
]);
