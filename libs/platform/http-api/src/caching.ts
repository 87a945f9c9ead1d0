import type { Response } from 'express';

/** Stock and prices may be this old on a catalogue page: short enough not to sell what is gone, long enough to carry a rush. */
const CATALOGUE_MAX_AGE_S = 10;
/** The OpenAPI document changes with a deployment only. */
const DOCUMENT_MAX_AGE_S = 300;

/** Who may keep an answer, and what it depends on besides its address. One row a kind of answer. */
const CACHING = {
  catalogue: { control: `public, max-age=${CATALOGUE_MAX_AGE_S}`, vary: ['Accept-Encoding', 'Origin'] },
  /** A whole answer is there again in a moment: this one must not stand in its way. */
  partial: { control: 'no-store', vary: ['Accept-Encoding', 'Origin'] },
  personal: { control: 'private, no-store', vary: ['Accept-Encoding', 'Authorization', 'Cookie', 'Origin'] },
  document: { control: `public, max-age=${DOCUMENT_MAX_AGE_S}`, vary: ['Accept-Encoding', 'Origin'] },
  problem: { control: 'no-store', vary: ['Accept-Encoding', 'Origin'] },
} as const satisfies Record<string, { readonly control: string; readonly vary: readonly string[] }>;
export type Caching = keyof typeof CACHING;

export function setCaching(response: Response, caching: Caching): void {
  const { control, vary } = CACHING[caching];
  response.set('Cache-Control', control).vary(vary.join(', '));
}
