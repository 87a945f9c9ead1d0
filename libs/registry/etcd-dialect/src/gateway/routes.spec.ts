import type { MethodDefinition } from '@portolan/rpc';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import { createEmbeddedStore, createIncarnation } from '@portolan/kv';
import { Waiters } from '../concurrency/waiters.ts';
import { etcdServices } from '../etcd-services.ts';
import { fromJson, toJson, type FieldType, type MessageTable } from './json-message.ts';
import { ROUTES } from './routes.ts';

const store = createEmbeddedStore({ clock, rng, incarnation: createIncarnation(rng) });
const principal = { kind: 'operator', name: 'test' } as const;
const services = etcdServices({
  store,
  cluster: undefined,
  state: undefined,
  principal,
  administrator: principal,
  isSecure: false,
  waiters: new Waiters(),
  clock,
  rng,
});
const METHODS = new Map<string, MethodDefinition>(
  services.flatMap(({ methods }) => methods.map(({ definition }) => [definition.path, definition])),
);

afterAll(() => store[Symbol.asyncDispose]());

/** JSON with something in each field; of a oneof with the given case. */
function filled(table: MessageTable, depth: number, choice: number): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(table)) {
    if (type.kind === 'oneof') {
      const cases = Object.entries(type.cases);
      const [chosen, chosenType] = cases[choice % cases.length] ?? ['', undefined];
      if (chosenType !== undefined) json[chosen] = filledOne(chosenType, depth, choice);
    } else if (type.kind === 'many') json[name] = [filledOne(type.of, depth, choice)];
    else json[name] = filledOne(type, depth, choice);
  }
  return json;
}

function filledOne(type: FieldType, depth: number, choice: number): unknown {
  switch (type.kind) {
    case 'bytes':
      return 'AP8=';
    case 'string':
      return 'text';
    case 'bool':
      return true;
    case 'uint32':
      return 4_294_967_295;
    case 'int64':
      return '-9223372036854775808';
    case 'uint64':
      return '18446744073709551615';
    case 'enum':
      return Object.keys(type.values).at(-1);
    case 'message':
      return depth === 0 ? {} : filled(type.table(), depth - 1, choice);
    default:
      return undefined;
  }
}

describe.each(Object.entries(ROUTES))('/v3/%s', (_path, { method, request, response }) => {
  const definition = METHODS.get(method);

  it('is a method that is served', () => {
    expect(definition?.path).toBe(method);
  });

  it.each([0, 1, 2, 3, 4])('has all fields of its messages, and no others, with case %d of each oneof', (choice) => {
    if (definition === undefined) throw new Error(`${method} is not served`);
    const asked = filled(request, 4, choice);
    const told = filled(response, 4, choice);
    const requested = definition.requestDeserialize(definition.requestSerialize(fromJson(request, asked)));
    const answered = definition.responseDeserialize(definition.responseSerialize(fromJson(response, told)));
    // What the codec does not know is not written, what the table does not know is zero.
    expect(toJson(request, requested)).toEqual(asked);
    expect(toJson(response, answered)).toEqual(told);
    expect(Object.keys(fromJson(request, {})).toSorted()).toEqual(fieldsOf(definition.requestDeserialize(NOTHING)));
    expect(Object.keys(fromJson(response, {})).toSorted()).toEqual(fieldsOf(definition.responseDeserialize(NOTHING)));
  });
});

const NOTHING = Buffer.alloc(0);

function fieldsOf(empty: unknown): string[] {
  return typeof empty === 'object' && empty !== null ? Object.keys(empty).toSorted() : [];
}
