import { NODE_CHECK, SESSION_CHECK, type CheckId, type InstanceId } from '@portolan/catalog';
import { z } from 'zod';
import { InvalidCheckError } from '../errors.ts';
import { DURATION_MS_MAX, INTERVAL_MS_DEFAULT, INTERVAL_MS_MIN, TIMEOUT_MS_DEFAULT } from '../limits.ts';
import { MAINTENANCE_CHECK, type CheckDefinition } from '../model.ts';

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$/, 'is not 1 to 128 letters, digits and _.:@-');
/** The registry's, and the one that takes a service out by hand. */
const RESERVED: readonly string[] = [NODE_CHECK, SESSION_CHECK, MAINTENANCE_CHECK];
const duration = z.int().min(0).max(DURATION_MS_MAX);
const common = {
  id: id
    .refine((text) => !RESERVED.includes(text), `is one of ${RESERVED.join(', ')}, which are kept for others`)
    .transform((text) => text as CheckId),
  name: z.string().max(256).default(''),
  successThreshold: z.int().min(1).max(1_000).default(1),
  failureThreshold: z.int().min(1).max(1_000).default(1),
  deregisterAfterMs: duration.default(0),
  initialStatus: z.enum(['passing', 'warning', 'critical']).default('critical'),
};
const probed = {
  ...common,
  intervalMs: duration.min(INTERVAL_MS_MIN).default(INTERVAL_MS_DEFAULT),
  timeoutMs: duration.min(1).default(TIMEOUT_MS_DEFAULT),
};

/** As it is kept on disk, and as it comes over the wire. */
export const checkDefinitionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('http'),
    ...probed,
    url: z.url({ protocol: /^https?$/ }),
    method: z
      .string()
      .regex(/^[A-Z]{1,16}$/)
      .default('GET'),
    headers: z.record(z.string(), z.array(z.string())).default({}),
    body: z.string().max(65_536).default(''),
    tlsSkipVerify: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('tcp'),
    ...probed,
    host: z.string().min(1).max(253),
    port: z.int().min(1).max(65_535),
  }),
  z.strictObject({
    kind: z.literal('grpc'),
    ...probed,
    address: z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/, 'is not of the form host:port'),
    service: z.string().max(253).default(''),
  }),
  z.strictObject({ kind: z.literal('script'), ...probed, args: z.array(z.string()).min(1).max(64) }),
  z.strictObject({ kind: z.literal('ttl'), ...common, ttlMs: duration }),
  z.strictObject({ kind: z.literal('alias'), ...common, instanceId: id.transform((text) => text as InstanceId) }),
]) satisfies z.ZodType<CheckDefinition>;

export type RawCheckDefinition = z.input<typeof checkDefinitionSchema>;

/** @throws InvalidCheckError with all its problems */
export function checkDefinition(raw: RawCheckDefinition): CheckDefinition {
  return readCheckDefinition(raw);
}

/** As `checkDefinition`, of what another format was translated from. @throws InvalidCheckError with all its problems */
export function readCheckDefinition(raw: unknown): CheckDefinition {
  const read = checkDefinitionSchema.safeParse(raw);
  if (read.success) return read.data;
  throw new InvalidCheckError(
    read.error.issues.map(({ path, message }) => `${path.join('.') === '' ? 'check' : path.join('.')}: ${message}`),
  );
}
