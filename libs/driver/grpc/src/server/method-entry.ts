import type { BoundMethod, BoundService, BytesHandler, CallInterceptor } from '@portolan/rpc';

/** A method as the server finds it by its path. */
export interface MethodEntry {
  readonly bound: BoundMethod;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly interceptors: readonly CallInterceptor[];
  /** Of a method that has one, where no interceptor wants to see its calls. */
  readonly answerBytes: BytesHandler | undefined;
}

/** The methods of all services by path. Health answers whoever asks: no interceptor stands before it. */
export function methodTable(
  services: readonly BoundService[],
  health: BoundService,
  interceptors: readonly CallInterceptor[],
): ReadonlyMap<string, MethodEntry> {
  const table = new Map<string, MethodEntry>();
  const add = (service: BoundService, before: readonly CallInterceptor[]): void => {
    for (const bound of service.methods) {
      const { path, requestStream, responseStream } = bound.definition;
      const answerBytes = before.length === 0 ? bound.answerBytes : undefined;
      table.set(path, { bound, requestStream, responseStream, interceptors: before, answerBytes });
    }
  };
  add(health, []);
  for (const service of services) add(service, interceptors);
  return table;
}
