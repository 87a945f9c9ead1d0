import { z } from 'zod';
import { assert } from '@portolan/kernel';

/** The settings of one app: the source of its flags, variables, file keys, `--help`, README table and error messages. */
export interface ConfigDefinition<Shape extends z.ZodRawShape> {
  /** As on the command line: `bff-web`. */
  readonly app: string;
  readonly summary: string;
  readonly schema: z.ZodObject<Shape>;
  readonly examples: readonly string[];
}

export type ConfigOf<Definition> =
  Definition extends ConfigDefinition<infer Shape> ? z.output<z.ZodObject<Shape>> : never;

/** One setting, as its zod type describes it. */
export interface Setting {
  /** camelCase, as in the file: `opsPort`. */
  readonly key: string;
  /** `--ops-port` */
  readonly flag: string;
  /** `PORTOLAN_GATEWAY_OPS_PORT` */
  readonly variable: string;
  /** `PORTOLAN_OPS_BIND`, when every app reads it; or the name that the field gave it: `REDIS_URL`. */
  readonly sharedVariable: string | undefined;
  readonly description: string;
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'list' | 'object';
  /** For a list: the type of one item. */
  readonly allowed: readonly string[];
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly default: unknown;
  readonly secret: boolean;
  readonly schema: z.ZodType;
}

/** The part of JSON Schema that zod writes for a setting. */
const SettingSchema = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  default: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  description: z.string().optional(),
  shared: z.union([z.boolean(), z.string()]).optional(),
  secret: z.boolean().optional(),
});

/**
 * Describes an app's settings.
 * @throws AssertionError when a setting has no description: the schema is the manual
 */
export function defineConfig<Shape extends z.ZodRawShape>(definition: {
  readonly app: string;
  readonly summary: string;
  readonly schema: z.ZodObject<Shape>;
  readonly examples?: readonly string[];
}): ConfigDefinition<Shape> {
  const defined = { examples: [], ...definition };
  for (const setting of settingsOf(defined)) {
    assert(setting.description !== '', `${definition.app}: setting ${setting.key} has no description`);
  }
  return defined;
}

const kebab = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const upper = (text: string): string => text.replaceAll('-', '_').toUpperCase();

/** `PORTOLAN_GATEWAY_`: variables that begin so belong to this app alone. */
export const variablePrefix = (app: string): string => `PORTOLAN_${upper(app)}_`;

/** Every setting of an app, in the order of its schema. */
export function settingsOf<Shape extends z.ZodRawShape>(definition: ConfigDefinition<Shape>): readonly Setting[] {
  return Object.entries(definition.schema.shape).map(([key, type]) => {
    const schema = z.clone(type as unknown as z.ZodType);
    const described = SettingSchema.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
    const name = kebab(key);
    return {
      key,
      flag: `--${name}`,
      variable: `${variablePrefix(definition.app)}${upper(name)}`,
      sharedVariable: sharedVariable(described.shared, `PORTOLAN_${upper(name)}`),
      description: described.description ?? '',
      type: settingType(described.type),
      allowed: (described.enum ?? []).map(String),
      minimum: described.minimum,
      maximum: described.maximum,
      default: described.default,
      secret: described.secret === true,
      schema,
    };
  });
}

function sharedVariable(shared: boolean | string | undefined, usual: string): string | undefined {
  if (shared === true) return usual;
  return shared === false ? undefined : shared;
}

function settingType(type: string | undefined): Setting['type'] {
  switch (type) {
    case 'number':
    case 'integer':
    case 'boolean':
    case 'object':
      return type;
    case 'array':
      return 'list';
    default:
      return 'string';
  }
}
