import { MalformedJsonError } from './malformed-json-error.ts';

type Scalar = 'bytes' | 'string' | 'bool' | 'int64' | 'uint64' | 'uint32';
/** Names as they are on the wire, in JSON too; the objects of the contracts have them in camel case. */
export type MessageTable = Readonly<Record<string, FieldType>>;
type Enumeration = Readonly<Record<string, number>>;
type SingleType =
  | { readonly kind: Scalar }
  | { readonly kind: 'enum'; readonly values: Enumeration }
  | { readonly kind: 'message'; readonly table: () => MessageTable };
/** A oneof is a field of the object, and each of its cases one of the JSON. */
export type FieldType = SingleType | { readonly kind: 'many'; readonly of: SingleType } | OneOf;
interface OneOf {
  readonly kind: 'oneof';
  readonly cases: Readonly<Record<string, SingleType>>;
}

export const bytes: SingleType = { kind: 'bytes' };
export const string: SingleType = { kind: 'string' };
export const bool: SingleType = { kind: 'bool' };
export const int64: SingleType = { kind: 'int64' };
export const uint64: SingleType = { kind: 'uint64' };
export const uint32: SingleType = { kind: 'uint32' };
export const oneOfThese = (values: Enumeration): SingleType => ({ kind: 'enum', values });
export const message = (table: () => MessageTable): SingleType => ({ kind: 'message', table });
export const many = (of: SingleType): FieldType => ({ kind: 'many', of });
export const oneof = (cases: OneOf['cases']): FieldType => ({ kind: 'oneof', cases });

type Json = Readonly<Record<string, unknown>>;

/**
 * protobuf's JSON as etcd's gateway speaks it: bytes in base64, 64 bits as strings, enums by name, what is zero left out.
 * @param value an object of the contracts
 */
export function toJson(table: MessageTable, value: unknown): Json {
  const json: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(table)) {
    const field = fieldOf(value, camelCase(name));
    if (type.kind === 'oneof') {
      const chosen = Object.entries(type.cases).find(([one]) => camelCase(one) === fieldOf(field, '$case'));
      if (chosen !== undefined) json[chosen[0]] = singleToJson(chosen[1], fieldOf(field, 'value'));
    } else if (type.kind === 'many') {
      if (Array.isArray(field) && field.length > 0) {
        json[name] = field.map((one: unknown) => singleToJson(type.of, one));
      }
    } else if (!isZero(field)) {
      json[name] = singleToJson(type, field);
    }
  }
  return json;
}

/**
 * The other way; what is absent is zero, what is unknown is ignored. Names may be in camel case.
 * @throws MalformedJsonError
 */
export function fromJson(table: MessageTable, json: unknown): Json {
  if (!isObject(json)) throw new MalformedJsonError('a message is an object');
  const value: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(table)) {
    if (type.kind === 'oneof') value[camelCase(name)] = caseFromJson(type, json);
    else if (type.kind === 'many') value[camelCase(name)] = manyFromJson(name, type.of, named(json, name));
    else value[camelCase(name)] = singleFromJson(name, type, named(json, name));
  }
  return value;
}

function caseFromJson({ cases }: OneOf, json: Json): unknown {
  for (const [name, type] of Object.entries(cases)) {
    const given = named(json, name);
    if (given !== undefined && given !== null) {
      return { $case: camelCase(name), value: singleFromJson(name, type, given) };
    }
  }
  return undefined;
}

function manyFromJson(name: string, type: SingleType, given: unknown): unknown[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw new MalformedJsonError(`${name} is no list`);
  return given.map((one: unknown) => singleFromJson(name, type, one));
}

function singleFromJson(name: string, type: SingleType, given: unknown): unknown {
  const isAbsent = given === undefined || given === null;
  switch (type.kind) {
    case 'bytes':
      return isAbsent ? Buffer.alloc(0) : bytesFromJson(name, given);
    case 'string':
      if (isAbsent) return '';
      if (typeof given !== 'string') throw new MalformedJsonError(`${name} is no text`);
      return given;
    case 'bool':
      if (isAbsent) return false;
      if (typeof given !== 'boolean') throw new MalformedJsonError(`${name} is neither true nor false`);
      return given;
    case 'int64':
    case 'uint64':
      return isAbsent ? 0n : integerFromJson(name, given, type.kind);
    case 'uint32':
      return isAbsent ? 0 : Number(BigInt.asUintN(32, integerFromJson(name, given, 'uint64')));
    case 'enum':
      return isAbsent ? 0 : enumFromJson(name, type.values, given);
    case 'message':
      return isAbsent ? undefined : fromJson(type.table(), given);
  }
}

function singleToJson(type: SingleType, value: unknown): unknown {
  if (type.kind === 'message') return toJson(type.table(), value);
  if (type.kind === 'enum') return Object.entries(type.values).find(([, number]) => number === value)?.[0] ?? value;
  if (typeof value === 'bigint') return String(value);
  return Buffer.isBuffer(value) ? value.toString('base64') : value;
}

/** Both alphabets, padded or not; as the gateway, which takes nothing else for bytes. */
function bytesFromJson(name: string, given: unknown): Buffer {
  if (typeof given !== 'string' || !/^[\w+/-]*={0,2}$/.test(given))
    throw new MalformedJsonError(`${name} is no base64`);
  return Buffer.from(given, 'base64');
}

function integerFromJson(name: string, given: unknown, kind: 'int64' | 'uint64'): bigint {
  const text = typeof given === 'number' && Number.isInteger(given) ? BigInt(given).toString() : given;
  const value = typeof text === 'string' && /^-?\d{1,20}$/.test(text) ? BigInt(text) : undefined;
  const isIn =
    value !== undefined && (kind === 'int64' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) === value;
  if (!isIn) throw new MalformedJsonError(`${name} is no ${kind}`);
  return value;
}

function enumFromJson(name: string, values: Enumeration, given: unknown): number {
  const number = typeof given === 'string' ? values[given] : given;
  if (typeof number !== 'number' || !Number.isInteger(number))
    throw new MalformedJsonError(`${name} is none of ${Object.keys(values).join(', ')}`);
  return number;
}

function isZero(value: unknown): boolean {
  return value === undefined || value === '' || value === false || value === 0 || value === 0n || isNoBytes(value);
}

const isNoBytes = (value: unknown): boolean => Buffer.isBuffer(value) && value.length === 0;

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function named(json: Json, name: string): unknown {
  return json[name] ?? json[camelCase(name)];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}
