import {
  implement,
  type BoundService,
  type BytesHandler,
  type CallContext,
  type MethodDefinition,
} from '@portolan/rpc';

const asIs = (bytes: Buffer): Buffer => bytes;

function method<Requests extends boolean, Answers extends boolean>(
  name: string,
  requestStream: Requests,
  responseStream: Answers,
): MethodDefinition<Buffer, Buffer> & { readonly requestStream: Requests; readonly responseStream: Answers } {
  return {
    path: `/test.Sized/${name}`,
    requestStream,
    responseStream,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

/** Methods whose messages are bytes, in the shape that ts-proto gives a service. */
export const SizedService = {
  /** Answers as many bytes as the request says in digits. */
  bytes: method('Bytes', false, false),
  /** Answers how long its request is, in digits. */
  weigh: method('Weigh', false, false),
  /** The same of each of many. */
  weighAll: method('WeighAll', true, true),
  /** Answers the numbers below the one that the request says in digits, each in so many bytes as it says after a space. */
  count: method('Count', false, true),
} as const;

/** What a test may hold the methods by. */
export interface Sized {
  readonly service: BoundService;
  /** Contexts of the calls that began. */
  readonly calls: CallContext[];
  /** Whoever reads many requests waits for this before it does. */
  gate: Promise<void>;
}

const digits = (count: number): Buffer => Buffer.from(String(count));

export function sized(bytesHandlers: Readonly<Record<string, BytesHandler>> = {}): Sized {
  const calls: CallContext[] = [];
  const handlers = {
    bytes: async (request: Buffer, call: CallContext) => {
      calls.push(call);
      return Buffer.alloc(Number(request.toString()), 'x');
    },
    weigh: async (request: Buffer, call: CallContext) => {
      calls.push(call);
      return digits(request.length);
    },
    async *weighAll(requests: AsyncIterable<Buffer>, call: CallContext) {
      calls.push(call);
      await held.gate;
      for await (const request of requests) yield digits(request.length);
    },
    async *count(request: Buffer, call: CallContext) {
      calls.push(call);
      const [count = 0, size = 0] = request.toString().split(' ').map(Number);
      for (let number = 0; number < count; number += 1) yield Buffer.concat([digits(number), Buffer.alloc(size)]);
    },
  };
  const service = implement(SizedService, handlers, bytesHandlers);
  const held: Sized = { service, calls, gate: Promise.resolve() };
  return held;
}
