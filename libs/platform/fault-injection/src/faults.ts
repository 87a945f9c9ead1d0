import { ERROR_KINDS } from '@portolan/kernel';
import { z } from 'zod';

/** Longer than any deadline a caller would set, so that "hangs" can be shown too. */
const DELAY_MS_MAX = 60_000;
/** More names than a demo service has methods. */
const METHODS_MAX = 64;

/** What to do to calls. */
export const faultsSchema = z.strictObject({
  delayMs: z.int().min(0).max(DELAY_MS_MAX).default(0).describe('wait this long before each call'),
  failureRate: z.number().min(0).max(1).default(0).describe('let this share of calls fail: 0 none, 1 all'),
  status: z.enum(ERROR_KINDS).default('unavailable').describe('the kind of error that they fail with'),
  methods: z
    .array(z.string().min(1))
    .max(METHODS_MAX)
    .optional()
    .describe('only these: "GetStock", or "/package.Service/GetStock"; all when absent'),
});

export type Faults = Readonly<z.infer<typeof faultsSchema>>;

/** Leaves every call alone. */
export const NO_FAULTS: Faults = faultsSchema.parse({});

/** @param path `/package.Service/Method` */
export function concerns({ methods }: Faults, path: string): boolean {
  return methods?.some((name) => path === name || path.endsWith(`/${name}`)) ?? true;
}
