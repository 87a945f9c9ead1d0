import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkRegistration, type Registration } from '@portolan/catalog';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { HostStateError } from '../errors.ts';
import { checkDefinitionSchema } from '../input/check-definition.ts';
import type { LocalCheck, LocalService } from '../model.ts';

const health = z.enum(['passing', 'warning', 'critical']);
const check = z.strictObject({
  definition: checkDefinitionSchema,
  status: health,
  output: z.string(),
  since: z.number(),
});
const registration = z
  .object({
    service: z.string(),
    id: z.string(),
    node: z.string().optional(),
    address: z.string(),
    ports: z.array(z.object({ name: z.string(), number: z.int() })),
    tags: z.array(z.string()),
    metadata: z.record(z.string(), z.string()),
    weight: z.int(),
  })
  .transform(({ node, ...rest }): Registration => checkRegistration(node === undefined ? rest : { ...rest, node }));
const service = z
  .strictObject({ registration, checks: z.array(check), maintenance: z.string().optional() })
  .transform((one): LocalService => ({ ...one, maintenance: one.maintenance }));
const state = z
  .strictObject({
    formatVersion: z.literal(1),
    services: z.array(service),
    checks: z.array(check),
    maintenance: z.string().optional(),
  })
  .transform(({ services, checks, maintenance }): HostState => ({ services, checks, maintenance }));

/** What a host has registered: all that outlives its agent. */
export interface HostState {
  readonly services: readonly LocalService[];
  /** Of the host as a whole. */
  readonly checks: readonly LocalCheck[];
  readonly maintenance: string | undefined;
}

export const NOTHING: HostState = { services: [], checks: [], maintenance: undefined };

/** Where the state of a host is kept. */
export interface HostStateStore {
  /** @throws HostStateError */
  read(): Promise<HostState>;
  /** Resolves once it is there after a crash. @throws HostStateError */
  write(state: HostState): Promise<void>;
}

/** For what is told anew after each start: nothing outlives the process. */
export const HOST_STATE_IN_MEMORY: HostStateStore = { read: async () => NOTHING, write: async () => undefined };

/** In one file, whole or not at all. */
export function hostStateFile(path: string): HostStateStore {
  return {
    async read() {
      try {
        return state.parse(JSON.parse(await readFile(path, 'utf8')));
      } catch (error) {
        if (isMissing(error)) return NOTHING;
        const damaged = error instanceof SyntaxError || error instanceof z.ZodError;
        throw new HostStateError(path, damaged ? 'it is not one of this version' : reasonOf(error), error);
      }
    },
    async write(written) {
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFileAtomic(path, `${JSON.stringify({ formatVersion: 1, ...written })}\n`);
      } catch (error) {
        throw new HostStateError(path, reasonOf(error), error);
      }
    },
  };
}

const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
