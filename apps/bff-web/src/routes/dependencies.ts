import type { PartScopeOptions } from '../parts/part-scope.ts';
import type { Authenticate } from '../session/authenticate.ts';
import type { ShopServices } from '../shop/services.ts';

/** What the routes of the shop need. */
export interface RouteDependencies {
  readonly services: ShopServices;
  readonly authenticate: Authenticate;
  /** For the calls of one answer. */
  readonly scope: Omit<PartScopeOptions, 'gone'>;
}
