import { missingView, moneyView, timeView, viewOfMoney, viewOfTime } from '@portolan/shop';
import type { Stock } from '@portolan/contracts/inventory';
import type { Product } from '@portolan/contracts/products';
import type { Rating, Review } from '@portolan/contracts/reviews';
import { z } from 'zod';

const stockView = z
  .strictObject({ available: z.int().min(0).describe('Pieces that can be ordered now.') })
  .meta({ id: 'Stock' });
type StockView = z.infer<typeof stockView>;

const ratingView = z
  .strictObject({
    average: z.number().min(1).max(5).nullable().describe('Stars; null while nobody has reviewed the product.'),
    count: z.int().min(0),
  })
  .meta({ id: 'Rating' });
type RatingView = z.infer<typeof ratingView>;

const reviewView = z
  .strictObject({
    id: z.string(),
    author: z.string(),
    stars: z.int().min(1).max(5),
    title: z.string(),
    text: z.string(),
    writtenAt: timeView,
  })
  .meta({ id: 'Review' });
type ReviewView = z.infer<typeof reviewView>;

/** A product as a list shows it. */
export const productCardView = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    brand: z.string(),
    category: z.string(),
    price: moneyView,
    stock: stockView.optional(),
    rating: ratingView.optional(),
  })
  .meta({ id: 'ProductCard' });
export type ProductCardView = z.infer<typeof productCardView>;

export const productPageView = z
  .strictObject({
    ...productCardView.shape,
    description: z.string(),
    releasedAt: timeView,
    tags: z.array(z.string()),
    reviews: z.array(reviewView).describe('The newest ten.').optional(),
    missing: missingView,
  })
  .meta({ id: 'ProductPage' });
export type ProductPageView = z.infer<typeof productPageView>;

export const productListView = z
  .strictObject({
    items: z.array(productCardView),
    total: z.int().min(0).describe('How many products match, on all pages.'),
    nextCursor: z.string().describe('Give it as `cursor` for the next page. Not there on the last one.').optional(),
    missing: missingView,
  })
  .meta({ id: 'ProductList' });
export type ProductListView = z.infer<typeof productListView>;

export const viewOfStock = (stock: Stock | undefined): StockView => ({ available: stock?.available ?? 0 });

export const viewOfRating = (rating: Rating | undefined): RatingView =>
  rating === undefined || rating.reviews === 0
    ? { average: null, count: 0 }
    : { average: rating.averageStars, count: rating.reviews };

export const viewOfReview = ({ id, author, stars, title, text, writtenAt }: Review): ReviewView => ({
  id,
  author,
  stars,
  title,
  text,
  writtenAt: viewOfTime(writtenAt, `the time of review ${id}`),
});

/** What a product is by itself, without the parts of other services. */
export const viewOfProduct = (product: Product): Omit<ProductCardView, 'stock' | 'rating'> => ({
  id: product.id,
  name: product.name,
  brand: product.brand,
  category: product.category,
  price: viewOfMoney(product.price, `the price of product ${product.id}`),
});
