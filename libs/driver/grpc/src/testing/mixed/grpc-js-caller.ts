import { once } from 'node:events';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import type { CallOptions, MethodDefinition, TlsIdentity } from '@portolan/rpc';

type BytesMethod = MethodDefinition<Buffer, Buffer>;

/** What the traffic asks of a client of gRPC; connections of ours are such. */
export interface GrpcCaller {
  unary(method: BytesMethod, request: Buffer, options: CallOptions): Promise<Buffer>;
  stream(method: BytesMethod, requests: AsyncIterable<Buffer>, options: CallOptions): AsyncIterable<Buffer>;
  [Symbol.asyncDispose](): PromiseLike<void>;
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** grpc-js without anything of ours around it. */
export function openGrpcJs(port: number, tls: TlsIdentity | undefined): GrpcCaller {
  const security = tls === undefined ? credentials.createInsecure() : credentials.createSsl(tls.ca, tls.key, tls.cert);
  // Connections are pooled by address otherwise, and what one lane cuts another would miss.
  const client = new Client(`localhost:${port}`, security, { 'grpc.use_local_subchannel_pool': 1 });
  const deadlineOf = ({ timeoutMs }: CallOptions): { deadline?: number } =>
    timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
  return {
    unary: (method, request, options) =>
      new Promise((resolve, reject) => {
        const call = client.makeUnaryRequest(
          method.path,
          asIs,
          asIs,
          request,
          new Metadata(),
          deadlineOf(options),
          (error, answer) => {
            if (error === null) resolve(answer ?? Buffer.alloc(0));
            else reject(error);
          },
        );
        onAbort(options.signal, () => {
          call.cancel();
        });
      }),
    async *stream(method, requests, options) {
      const call = client.makeBidiStreamRequest(method.path, asIs, asIs, new Metadata(), deadlineOf(options));
      onAbort(options.signal, () => {
        call.cancel();
      });
      const over = new AbortController();
      const sent = (async () => {
        for await (const request of requests) {
          if (over.signal.aborted) return;
          if (!call.write(request)) await once(call, 'drain', { signal: over.signal });
        }
        call.end();
      })().catch(() => {
        // What ends the sending ends the call, which says why.
        call.cancel();
      });
      // It tells the cancelling of a call that was left early as an error too.
      call.on('error', () => undefined);
      try {
        for await (const answer of call) yield asBuffer(answer);
      } finally {
        over.abort();
        call.cancel();
        await sent;
      }
    },
    async [Symbol.asyncDispose]() {
      client.close();
    },
  };
}

function onAbort(signal: AbortSignal | undefined, cancel: () => void): void {
  if (signal?.aborted === true) cancel();
  else signal?.addEventListener('abort', cancel, { once: true });
}

function asBuffer(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw new TypeError('a message is no bytes');
}
