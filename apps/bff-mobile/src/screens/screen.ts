import type { PartScope, ShopServices } from '@portolan/shop';
import type { Principal } from '@portolan/kernel';
import type { z } from 'zod';

/** What a screen is made from. */
export interface ScreenRequest<Query> {
  readonly services: ShopServices;
  readonly scope: PartScope;
  readonly query: Query;
  /** The parts of the path that the pattern names. */
  readonly parameter: (name: string) => string;
  /** Who asks. @throws SessionRequiredError */
  readonly customer: () => Promise<Principal>;
}

/** What a screen shows; `missing` names the parts that could not be had. */
export type ScreenBody = object & { readonly missing?: readonly string[] | undefined };

/** One screen of the app: one request, and everything that it shows. A row in `screens.ts` is the whole integration. */
export interface Screen<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** Below `/v1`, as Express has it: `/products/:id`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** `catalogue`: everybody sees the same, and it may be given again for a moment. `personal`: who is logged in. */
  readonly audience: 'catalogue' | 'personal';
  readonly query: z.ZodObject<Shape>;
  readonly view: z.ZodObject;
  /** Whose fields `fields` chooses from: those of each of the items, or of the answer itself. */
  readonly fieldsOf: 'items' | 'answer';
  /** The names that `fields` may have. */
  readonly fields: readonly string[];
  load(request: ScreenRequest<z.output<z.ZodObject<Shape>>>): Promise<ScreenBody>;
}

/** Keeps the query's type between `query` and `load`. */
export const defineScreen = <Shape extends z.ZodRawShape>(screen: Screen<Shape>): Screen<Shape> => screen;
