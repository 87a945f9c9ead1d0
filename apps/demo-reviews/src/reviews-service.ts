import type { Rating as WireRating, Review as WireReview, ReviewsServiceService } from '@portolan/contracts/reviews';
import type { Implementation } from '@portolan/rpc';
import { checkIds, pageOf } from '@portolan/service';
import { ratingOf, type Rating } from './rating.ts';
import type { Review, ReviewsByProduct } from './reviews.ts';

/** ReviewsService over fixed reviews. It knows no products: one that it never heard of simply has no reviews. */
export function createReviewsService(reviews: ReviewsByProduct): Implementation<typeof ReviewsServiceService> {
  const ratings = new Map<string, Rating>();
  for (const [productId, written] of reviews) {
    const rating = ratingOf(written);
    if (rating !== undefined) ratings.set(productId, rating);
  }
  const wireRatingOf = (productId: string): WireRating | undefined => {
    const rating = ratings.get(productId);
    return rating === undefined ? undefined : { productId, ...rating };
  };
  return {
    async listReviews(request) {
      const { productId } = request;
      const page = pageOf(reviews.get(productId) ?? [], ({ id }) => id, request, ['ListReviews', productId]);
      return {
        reviews: page.items.map(toWire),
        nextPageToken: page.nextPageToken,
        rating: wireRatingOf(productId),
      };
    },
    async getRatings({ productIds }) {
      return { ratings: checkIds(productIds).flatMap((id) => wireRatingOf(id) ?? []) };
    },
  };
}

function toWire({ writtenAt, ...rest }: Review): WireReview {
  return { ...rest, writtenAt: BigInt(writtenAt) };
}
