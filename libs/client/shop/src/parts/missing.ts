import { z } from 'zod';

/** The parts that an answer can do without; each is named in `missing` when its service gave no answer in time. */
export const OPTIONAL_PARTS = ['inventory', 'reviews'] as const;
export type OptionalPart = (typeof OPTIONAL_PARTS)[number];

export const missingView = z
  .array(z.string().meta({ examples: [...OPTIONAL_PARTS] }))
  .min(1)
  .describe('The parts that could not be had just now; their fields are absent. Not there when the answer is whole.')
  .optional();

/** What `missing` adds to an answer: nothing when it is whole. */
export const withMissing = (missing: readonly OptionalPart[]): { missing?: OptionalPart[] } =>
  missing.length === 0 ? {} : { missing: [...missing] };
