import { VirtualClock } from '@portolan/virtual-world';
import { createTelemetry, type Telemetry } from '@portolan/telemetry';
import { connect, type Connection, type ConnectOptions } from '../connection.ts';
import { createClient, type Client } from '../client.ts';
import type { RpcServer, RpcServerOptions } from '../server.ts';
import { implement, type Implementation } from '../service.ts';
import { EchoService, type Say } from './echo.ts';

type EchoImplementation = Implementation<typeof EchoService>;

/** What a test does not need to say: each method answers what it was asked. */
export const echo: EchoImplementation = {
  unary: async (request) => request,
  async *serverStream({ text }): AsyncGenerator<Say> {
    for (const word of text.split(' ')) yield { text: word };
  },
  clientStream: async (requests) => ({ text: (await Array.fromAsync(requests)).map(({ text }) => text).join(' ') }),
  async *bidi(requests): AsyncGenerator<Say> {
    for await (const { text } of requests) yield { text: `${text}!` };
  },
};

/** A log that a test can read. */
export function recordedTelemetry(): { readonly telemetry: Telemetry; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const telemetry = createTelemetry({
    app: 'test',
    logLevel: 'debug',
    logFormat: 'json',
    clock: new VirtualClock(),
    destination: {
      write: (line) => {
        const parsed: unknown = JSON.parse(line);
        if (typeof parsed === 'object' && parsed !== null) lines.push({ ...parsed });
      },
    },
  });
  return { telemetry, lines };
}

/** A server of the echo service on a free port and a connection to it; disposing ends both. */
export interface Loopback extends AsyncDisposable {
  readonly server: RpcServer;
  readonly connection: Connection;
  readonly client: Client<typeof EchoService>;
  readonly address: string;
  /** Opens another connection. */
  readonly dial: DialGrpc;
  readonly lines: readonly Record<string, unknown>[];
}

export interface LoopbackOptions {
  readonly handlers?: Partial<EchoImplementation>;
  readonly server?: Partial<RpcServerOptions>;
  readonly connect?: ConnectOptions;
}

/** Starts a server: the one under test. */
export type ServeGrpc = (options: RpcServerOptions) => Promise<RpcServer>;

export type OpenLoopback = (options?: LoopbackOptions) => Promise<Loopback>;

/** Opens a connection: the one under test, or ours on grpc-js. */
export type DialGrpc = (address: string, options?: ConnectOptions) => Connection;

export const loopbackOn =
  (serve: ServeGrpc, dial: DialGrpc = connect): OpenLoopback =>
  async ({ handlers, server: serverOptions, connect: connectOptions } = {}) => {
    const { telemetry, lines } = recordedTelemetry();
    const server = await serve({
      bind: { host: '127.0.0.1', port: 0 },
      services: [implement(EchoService, { ...echo, ...handlers })],
      logger: telemetry.logger('rpc'),
      drainMs: 5_000,
      ...serverOptions,
    });
    const address = `127.0.0.1:${server.port}`;
    const connection = dial(address, connectOptions);
    return {
      server,
      connection,
      client: createClient(EchoService, connection),
      address,
      dial,
      lines,
      [Symbol.asyncDispose]: async () => {
        await connection[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  };
