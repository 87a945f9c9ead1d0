import { assert } from '@portolan/kernel';
import type { CallContext } from './call.ts';
import {
  serviceNameOf,
  type ByKind,
  type MethodDefinition,
  type RequestOf,
  type ResponseOf,
  type ServiceDefinition,
} from './method.ts';

/** How a service answers one of its methods. Throw a PortolanError to refuse; anything else becomes `internal`. */
export type Handler<Method> = ByKind<
  Method,
  {
    unary: (request: RequestOf<Method>, call: CallContext) => Promise<ResponseOf<Method>>;
    serverStream: (request: RequestOf<Method>, call: CallContext) => AsyncIterable<ResponseOf<Method>>;
    clientStream: (requests: AsyncIterable<RequestOf<Method>>, call: CallContext) => Promise<ResponseOf<Method>>;
    bidi: (requests: AsyncIterable<RequestOf<Method>>, call: CallContext) => AsyncIterable<ResponseOf<Method>>;
  }
>;

/** One handler a method of the proto service. */
export type Implementation<Service extends ServiceDefinition> = {
  readonly [Name in keyof Service]: Handler<Service[Name]>;
};

/** A method and what answers it; `input` is the request, or an AsyncIterable of them. */
export interface BoundMethod {
  readonly definition: MethodDefinition;
  readonly handle: (input: unknown, call: CallContext) => unknown;
}

/** A service ready to be served. */
export interface BoundService {
  /** `package.Service` */
  readonly name: string;
  readonly methods: readonly BoundMethod[];
}

/** Joins a proto service and its implementation. Handlers are called as methods of `implementation`. */
export function implement<Service extends ServiceDefinition>(
  definition: Service,
  implementation: Implementation<Service>,
): BoundService;
// The types above guarantee each handler its own messages; below this line messages are unknown.
export function implement(definition: ServiceDefinition, implementation: object): BoundService {
  const methods = Object.entries(definition).map(([name, method]): BoundMethod => {
    const handler: unknown = Reflect.get(implementation, name);
    assert(typeof handler === 'function', `${method.path} has no handler`);
    return {
      definition: method,
      handle: (input, call): unknown => Reflect.apply(handler, implementation, [input, call]),
    };
  });
  const [first] = methods;
  assert(first !== undefined, 'a service has at least one method');
  return { name: serviceNameOf(first.definition), methods };
}
