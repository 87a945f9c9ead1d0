import { assert, type Principal } from '@portolan/kernel';
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

/** What a `BytesHandler` knows of its call. It may be kept until it is answered, and is another call's afterwards. */
export interface BytesCall {
  /** Who asks. @throws MalformedPrincipalError */
  readonly principal: Principal;
  /** Nobody waits any more; answer all the same, or it is never used again. */
  readonly isOver: boolean;
  /** As that of a `CallContext`. */
  readonly metadata: (name: string) => string | undefined;
  /** Answers with a message, which is copied before this returns. */
  answer(bytes: Uint8Array, start: number, end: number): void;
  /** Refuses with a PortolanError; anything else becomes `internal`. */
  refuse(error: unknown): void;
}

/**
 * Answers a unary method from the bytes of its request, which are lent until it returns: within the read that brought them, and with
 * no allocation but its own. For methods whose pace a profile shows to matter. It may leave requests that are not as usual to the
 * ordinary handler. Servers that cannot, and those with interceptors, call only that one, which must do the same.
 * @returns whether it answers; false: the ordinary handler is to, and the call is no longer its own
 */
export type BytesHandler = (bytes: Uint8Array, start: number, end: number, call: BytesCall) => boolean;

/** A method and what answers it; `input` is the request, or an AsyncIterable of them. */
export interface BoundMethod {
  readonly definition: MethodDefinition;
  readonly handle: (input: unknown, call: CallContext) => unknown;
  readonly answerBytes?: BytesHandler;
}

/** A service ready to be served. */
export interface BoundService {
  /** `package.Service` */
  readonly name: string;
  readonly methods: readonly BoundMethod[];
}

/**
 * Joins a proto service and its implementation. Handlers are called as methods of `implementation`.
 * @param bytesHandlers of the unary methods that have one
 */
export function implement<Service extends ServiceDefinition>(
  definition: Service,
  implementation: Implementation<Service>,
  bytesHandlers?: { readonly [Name in keyof Service]?: BytesHandler },
): BoundService;
// The types above guarantee each handler its own messages; below this line messages are unknown.
export function implement(
  definition: ServiceDefinition,
  implementation: object,
  bytesHandlers: Readonly<Record<string, BytesHandler | undefined>> = {},
): BoundService {
  const methods = Object.entries(definition).map(([name, method]): BoundMethod => {
    const handler: unknown = Reflect.get(implementation, name);
    assert(typeof handler === 'function', `${method.path} has no handler`);
    const answerBytes = bytesHandlers[name];
    assert(answerBytes === undefined || !(method.requestStream || method.responseStream), `${method.path} streams`);
    return {
      definition: method,
      handle: (input, call): unknown => Reflect.apply(handler, implementation, [input, call]),
      ...(answerBytes !== undefined && { answerBytes }),
    };
  });
  const [first] = methods;
  assert(first !== undefined, 'a service has at least one method');
  return { name: serviceNameOf(first.definition), methods };
}
