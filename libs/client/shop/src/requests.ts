import { z } from 'zod';
import { PRODUCT_SORTS } from './search.ts';
import { userName } from './session/sessions.ts';

/** What the services answer at most on one page. */
const PAGE_SIZE_MAX = 100;
const PAGE_SIZE = 20;
/** Cursors are the services' page tokens; none is longer. */
const CURSOR_CHARACTERS_MAX = 512;
const LINES_MAX = 50;
const QUANTITY_MAX = 1_000;

const limit = z.coerce
  .number('must be a number')
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(PAGE_SIZE_MAX, `must be at most ${PAGE_SIZE_MAX}`)
  .default(PAGE_SIZE)
  .describe('Items on one page.');

const text = (charactersMax: number): z.ZodString =>
  z.string('may be given only once').max(charactersMax, `must be at most ${charactersMax} characters`);

const cursor = text(CURSOR_CHARACTERS_MAX)
  .default('')
  .describe('`nextCursor` of the page before, with the same other parameters. Absent: the first page.');

export const noQuery = z.strictObject({});

export const productListQuery = z.strictObject({
  q: text(200).default('').describe('Words that must all occur in name, brand, category, description or tags.'),
  category: text(100).default('').describe('Only this category, by its name on the home page.'),
  sort: z
    .enum(PRODUCT_SORTS, `must be one of ${PRODUCT_SORTS.join(', ')}`)
    .default('relevance')
    .describe('relevance: best match first for words, otherwise newest first.'),
  cursor,
  limit,
});

export const orderListQuery = z.strictObject({ cursor, limit });

export const idempotencyKey = z
  .string()
  // The draft of the header writes it as a structured string, in quotes; clients do both.
  .regex(/^(?:"[\w.:~-]{1,128}"|[\w.:~-]{1,128})$/, 'must be 1 to 128 letters, digits, _ . : ~ or -')
  .describe('Chosen by the client, a UUID say: the same key and body again is the same order, never a second one.')
  .meta({ examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'] });

export const unquoted = (key: string): string => key.replaceAll('"', '');

export const orderBody = z
  .strictObject(
    {
      lines: z
        .array(
          z.strictObject({
            productId: z.string('must be a text').min(1, 'must not be empty').max(64, 'must be at most 64 characters'),
            quantity: z
              .int('must be a whole number')
              .min(1, 'must be at least 1')
              .max(QUANTITY_MAX, `must be at most ${QUANTITY_MAX}`),
          }),
          'must be a list of lines',
        )
        .min(1, 'must have at least one line')
        .max(LINES_MAX, `must have at most ${LINES_MAX} lines`)
        .superRefine((lines, context) => {
          const seen = new Set<string>();
          for (const [index, { productId }] of lines.entries()) {
            if (seen.has(productId)) {
              context.addIssue({ code: 'custom', path: [index, 'productId'], message: 'occurs in a line before' });
            }
            seen.add(productId);
          }
        })
        .describe('A product occurs once.'),
    },
    'must be an object',
  )
  .meta({ id: 'OrderRequest' });

export const loginBody = z
  .strictObject(
    { user: userName.describe('Any name: the development login asks for no password.').meta({ examples: ['ada'] }) },
    'must be an object',
  )
  .meta({ id: 'LoginRequest' });
