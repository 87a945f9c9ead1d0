import type { AnsweringOptions, Authenticate, ShopServices } from '@portolan/shop';

/** What the routes of the app need. */
export interface RouteDependencies {
  readonly services: ShopServices;
  readonly authenticate: Authenticate;
  /** For the calls of one answer. */
  readonly scope: AnsweringOptions;
  /** The same, for answers that everybody may see. */
  readonly catalogue: AnsweringOptions;
}
