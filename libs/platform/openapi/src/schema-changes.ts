import { isDeepStrictEqual } from 'node:util';
import type { JsonValue, OpenApiDocument, Schema } from './openapi-document.ts';

/** A request must be accepted as before; a response must stay within what was promised before. */
export type Direction = 'request' | 'response';

/** Both documents' schemas by name, for references, and which way the data flows. */
export interface Comparison {
  readonly before: OpenApiDocument;
  readonly after: OpenApiDocument;
  readonly direction: Direction;
}

export interface BreakingChange {
  /** The operation, then the way to the value: `POST /orders request body /lines/items/quantity`. */
  readonly where: string;
  readonly what: string;
}

/** What clients written against `before` trip over in `after`. */
export function schemaChanges(
  comparison: Comparison,
  before: Schema,
  after: Schema,
  where: string,
  visited: ReadonlySet<string> = new Set(),
): readonly BreakingChange[] {
  // A recursive type: this pair of references is already being compared further out.
  const pair = `${before.$ref ?? ''} ${after.$ref ?? ''}`;
  if (before.$ref !== undefined && visited.has(pair)) return [];
  const inside = before.$ref === undefined ? visited : new Set([...visited, pair]);

  const oldAlternatives = alternatives(resolve(comparison.before, before));
  const newAlternatives = alternatives(resolve(comparison.after, after));
  const compare = (oldOne: Schema, newOne: Schema): readonly BreakingChange[] =>
    oldOne.$ref === undefined && newOne.$ref === undefined
      ? plainChanges(comparison, oldOne, newOne, where, inside)
      : schemaChanges(comparison, oldOne, newOne, where, inside);

  const [onlyOld] = oldAlternatives;
  const [onlyNew] = newAlternatives;
  if (onlyOld !== undefined && onlyNew !== undefined && oldAlternatives.length === 1 && newAlternatives.length === 1) {
    return compare(onlyOld, onlyNew);
  }
  if (comparison.direction === 'request') {
    return oldAlternatives
      .filter((oldOne) => !newAlternatives.some((newOne) => compare(oldOne, newOne).length === 0))
      .map((oldOne) => ({ where, what: `no longer accepts ${nameOf(oldOne)}` }));
  }
  return newAlternatives
    .filter((newOne) => !oldAlternatives.some((oldOne) => compare(oldOne, newOne).length === 0))
    .map((newOne) => ({ where, what: `may now be ${nameOf(newOne)}` }));
}

function resolve(document: OpenApiDocument, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.replace(/^#\/components\/schemas\//, '');
  const target = document.components.schemas[name];
  if (target === undefined) throw new Error(`${schema.$ref} names no schema of the document`);
  return resolve(document, target);
}

const nameOf = (schema: Schema): string => JSON.stringify(schema.$ref ?? schema.const ?? schema.type ?? schema);

/** `anyOf`, `oneOf` and a list of types all say "one of these". */
function alternatives(schema: Schema): readonly Schema[] {
  const { anyOf, oneOf, ...rest } = schema;
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) return choices.flatMap((choice) => alternatives(choice));
  if (typeof rest.type === 'object') return rest.type.map((type) => ({ ...rest, type }));
  return [rest];
}

function plainChanges(
  comparison: Comparison,
  before: Schema,
  after: Schema,
  where: string,
  visited: ReadonlySet<string>,
): readonly BreakingChange[] {
  const typeChange = changeOfType(comparison.direction, before, after);
  if (typeChange !== undefined) return [{ where, what: typeChange }];
  return [
    ...valueChanges(comparison.direction, before, after, where),
    ...(comparison.direction === 'request' ? boundChanges(before, after, where) : []),
    ...objectChanges(comparison, before, after, where, visited),
    ...itemChanges(comparison, before, after, where, visited),
  ];
}

function changeOfType(direction: Direction, before: Schema, after: Schema): string | undefined {
  if (before.type === after.type) return undefined;
  if (before.type === 'integer' && after.type === 'number' && direction === 'request') return undefined;
  if (before.type === 'number' && after.type === 'integer' && direction === 'response') return undefined;
  if (after.type === undefined && direction === 'request') return undefined;
  if (before.type === undefined && direction === 'response') return undefined;
  return `type changed from ${nameOf(before)} to ${nameOf(after)}`;
}

function valueChanges(direction: Direction, before: Schema, after: Schema, where: string): readonly BreakingChange[] {
  const changes: BreakingChange[] = [];
  const [promised, offered] = direction === 'request' ? [before, after] : [after, before];
  const allowed = valuesOf(offered);
  if (allowed !== undefined) {
    const wanted = valuesOf(promised);
    const verb = direction === 'request' ? 'no longer accepts' : 'may now be';
    if (wanted === undefined) {
      changes.push({
        where,
        what: `${verb} ${direction === 'request' ? 'anything but' : 'other than'} ${list(allowed)}`,
      });
    } else {
      const lost = wanted.filter((value) => !allowed.some((one) => isDeepStrictEqual(one, value)));
      if (lost.length > 0) changes.push({ where, what: `${verb} ${list(lost)}` });
    }
  }
  const formatMatters = direction === 'response' ? before.format !== undefined : after.format !== undefined;
  if (formatMatters && before.format !== after.format) {
    changes.push({ where, what: `format changed from ${before.format ?? 'any'} to ${after.format ?? 'any'}` });
  }
  return changes;
}

const valuesOf = (schema: Schema): readonly JsonValue[] | undefined =>
  schema.const === undefined ? schema.enum : [schema.const];

const list = (values: readonly JsonValue[]): string => values.map((value) => JSON.stringify(value)).join(', ');

const LOWER_BOUNDS = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'] as const;
const UPPER_BOUNDS = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'] as const;

/** Of requests only: a client that reads a longer text or a greater number than before is not expected to mind. */
function boundChanges(before: Schema, after: Schema, where: string): readonly BreakingChange[] {
  const raised = LOWER_BOUNDS.filter((bound) => (after[bound] ?? -Infinity) > (before[bound] ?? -Infinity));
  const lowered = UPPER_BOUNDS.filter((bound) => (after[bound] ?? Infinity) < (before[bound] ?? Infinity));
  const changes = [...raised, ...lowered].map((bound) => ({
    where,
    what: `${bound} tightened from ${before[bound] ?? 'none'} to ${after[bound] ?? 'none'}`,
  }));
  return after.pattern !== undefined && after.pattern !== before.pattern
    ? [...changes, { where, what: `pattern changed from ${before.pattern ?? 'any'} to ${after.pattern}` }]
    : changes;
}

function objectChanges(
  comparison: Comparison,
  before: Schema,
  after: Schema,
  where: string,
  visited: ReadonlySet<string>,
): readonly BreakingChange[] {
  const changes: BreakingChange[] = [];
  const oldRequired = new Set(before.required);
  const newRequired = new Set(after.required);
  for (const [name, oldProperty] of Object.entries(before.properties ?? {})) {
    const newProperty = after.properties?.[name];
    if (newProperty === undefined) changes.push({ where: `${where}/${name}`, what: 'property removed' });
    else changes.push(...schemaChanges(comparison, oldProperty, newProperty, `${where}/${name}`, visited));
  }
  if (comparison.direction === 'request') {
    for (const name of [...newRequired].filter((one) => !oldRequired.has(one))) {
      changes.push({ where: `${where}/${name}`, what: 'newly required' });
    }
    if (after.additionalProperties === false && before.additionalProperties !== false && before.type === 'object') {
      changes.push({ where, what: 'no longer accepts further properties' });
    }
  } else {
    for (const name of [...oldRequired].filter((one) => !newRequired.has(one))) {
      if (after.properties?.[name] !== undefined) {
        changes.push({ where: `${where}/${name}`, what: 'may now be absent' });
      }
    }
  }
  if (typeof before.additionalProperties === 'object' && typeof after.additionalProperties === 'object') {
    const deeper = schemaChanges(
      comparison,
      before.additionalProperties,
      after.additionalProperties,
      `${where}/*`,
      visited,
    );
    changes.push(...deeper);
  }
  return changes;
}

function itemChanges(
  comparison: Comparison,
  before: Schema,
  after: Schema,
  where: string,
  visited: ReadonlySet<string>,
): readonly BreakingChange[] {
  const [stricter, looser] = comparison.direction === 'request' ? [after, before] : [before, after];
  if (stricter.items === undefined) return [];
  if (looser.items === undefined) return [{ where, what: 'the type of its items changed' }];
  return schemaChanges(comparison, before.items ?? {}, after.items ?? {}, `${where}/items`, visited);
}
