import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { startFastServer } from '@portolan/grpc';
import { implement, startRpcServer, type BytesHandler, type RpcServerOptions, type TlsIdentity } from '@portolan/rpc';
import { systemClock } from '@portolan/runtime';
import { createTelemetry } from '@portolan/telemetry';
import { ECHO_SERVICE } from './echo-service.ts';

const HOST = '127.0.0.1';

/** A server that answers the message it got. @returns its port */
type StartEcho = (tls: TlsIdentity | undefined) => Promise<number>;

async function startGrpcJs(tls: TlsIdentity | undefined): Promise<number> {
  const server = new Server();
  server.addService(ECHO_SERVICE, {
    unary: (call: { readonly request: Buffer }, answer: (error: null, response: Buffer) => void) => {
      answer(null, call.request);
    },
  });
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(tls.ca, [{ private_key: tls.key, cert_chain: tls.cert }], false);
  return new Promise((resolve, reject) => {
    server.bindAsync(`${HOST}:0`, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

/** Content back as it came, with the fields that gRPC wants: what no server on `node:http2` can be faster than. */
async function startNodeHttp2(tls: TlsIdentity | undefined): Promise<number> {
  const server: Http2Server = tls === undefined ? createServer() : createSecureServer({ key: tls.key, cert: tls.cert });
  server.on('stream', (stream: ServerHttp2Stream) => {
    const chunks: Buffer[] = [];
    // A load that ends leaves streams that have errors instead of answers.
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (stream.destroyed) return;
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => {
        stream.sendTrailers({ 'grpc-status': '0' });
      });
      const [first] = chunks;
      stream.end(chunks.length === 1 ? first : Buffer.concat(chunks));
    });
  });
  return new Promise((resolve) => {
    server.listen(0, HOST, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

const answerBytes: BytesHandler = (bytes, start, end, call) => {
  call.answer(bytes, start, end);
  return true;
};

const serve =
  (start: typeof startRpcServer, bytesHandlers?: { readonly unary: BytesHandler }): StartEcho =>
  async (tls) => {
    const telemetry = createTelemetry({ app: 'echo', logLevel: 'warn', logFormat: 'json', clock: systemClock });
    const echo = { unary: async (request: Buffer): Promise<Buffer> => request };
    const options: RpcServerOptions = {
      bind: { host: HOST, port: 0 },
      services: [implement(ECHO_SERVICE, echo, bytesHandlers)],
      logger: telemetry.logger('rpc'),
      drainMs: 100,
      tls,
      registry: telemetry.registry,
    };
    return (await start(options)).port;
  };

/** Who echoes. The first is what the others are compared with: the server that people use. */
export const ECHO_SIDES = {
  'grpc-js': { start: startGrpcJs, summary: 'a bare `Server` of @grpc/grpc-js' },
  startRpcServer: { start: serve(startRpcServer), summary: 'ours on grpc-js' },
  'node:http2': { start: startNodeHttp2, summary: 'no gRPC: content back, and the trailers' },
  startFastServer: { start: serve(startFastServer), summary: 'ours on our HTTP/2' },
  'startFastServer, bytes': {
    start: serve(startFastServer, { unary: answerBytes }),
    summary: 'the same with a `BytesHandler`',
  },
} as const satisfies Record<string, { readonly start: StartEcho; readonly summary: string }>;
export type EchoSide = keyof typeof ECHO_SIDES;
export const ECHO_SIDE_NAMES: readonly EchoSide[] = Object.keys(ECHO_SIDES).filter((name): name is EchoSide =>
  Object.hasOwn(ECHO_SIDES, name),
);
