import { missingView } from '@portolan/shop';
import { z } from 'zod';
import { productCardView } from './product.ts';

export const homeView = z
  .strictObject({
    categories: z.array(
      z
        .strictObject({ name: z.string(), products: z.int().min(0).describe('How many are in it.') })
        .meta({ id: 'Category' }),
    ),
    newest: z.array(productCardView).describe('The eight newest products.'),
    missing: missingView,
  })
  .meta({ id: 'Home' });
export type HomeView = z.infer<typeof homeView>;
