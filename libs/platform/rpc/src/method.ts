/**
 * One method of a proto service, as ts-proto generates it for grpc-js.
 * Method syntax on purpose: a definition of certain messages is then also a definition of unknown ones.
 */
export interface MethodDefinition<Request = unknown, Response = unknown> {
  /** `/package.Service/Method` */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  requestSerialize(value: Request): Buffer;
  requestDeserialize(bytes: Buffer): Request;
  responseSerialize(value: Response): Buffer;
  responseDeserialize(bytes: Buffer): Response;
}

/** A proto service by method name: what ts-proto exports as `XyzService`. */
export type ServiceDefinition = Readonly<Record<string, MethodDefinition>>;

export type RequestOf<Method> = Method extends { requestDeserialize: (bytes: Buffer) => infer Request }
  ? Request
  : never;

export type ResponseOf<Method> = Method extends { responseDeserialize: (bytes: Buffer) => infer Response }
  ? Response
  : never;

/** Chooses a shape by which sides of the method stream. */
export type ByKind<
  Method,
  Shapes extends { unary: unknown; serverStream: unknown; clientStream: unknown; bidi: unknown },
> = Method extends { readonly requestStream: false; readonly responseStream: false }
  ? Shapes['unary']
  : Method extends { readonly requestStream: false; readonly responseStream: true }
    ? Shapes['serverStream']
    : Method extends { readonly requestStream: true; readonly responseStream: false }
      ? Shapes['clientStream']
      : Shapes['bidi'];

/** `package.Service` of a method's path. */
export function serviceNameOf(method: MethodDefinition): string {
  return method.path.slice(1, method.path.lastIndexOf('/'));
}
