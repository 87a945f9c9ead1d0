import { formatPrincipal } from '@portolan/kernel';
import { connect, startRpcServer, type CallContext, type RpcServer } from '@portolan/rpc';
import { createTelemetry, currentTrace, type Telemetry } from '@portolan/telemetry';
import { VirtualClock } from '@portolan/virtual-world';
import { createShopServices, SERVICES, type Part, type ShopServices } from '../services.ts';
import { standIns, type Overrides } from './stand-ins.ts';

const PARTS = ['products', 'inventory', 'reviews', 'orders'] as const satisfies readonly Part[];

/** A call that a stand-in received. */
export interface ReceivedCall {
  readonly part: Part;
  readonly method: string;
  readonly principal: string;
  readonly traceId: string | undefined;
}

/** Stand-ins of the demo services on real gRPC connections, and what a backend of theirs logs and measures. */
export interface RunningServices extends AsyncDisposable {
  readonly services: ShopServices;
  readonly telemetry: Telemetry;
  readonly calls: readonly ReceivedCall[];
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** Resolves when a call has reached the service. */
  reached(part: Part): Promise<void>;
  /** The service no longer answers: its calls hang until they are cancelled. */
  hang(part: Part): void;
  /** The service's process ends. */
  kill(part: Part): Promise<void>;
}

export async function startServices(app: string, overrides: Overrides): Promise<RunningServices> {
  const lines: Record<string, unknown>[] = [];
  const calls: ReceivedCall[] = [];
  const hanging = new Set<Part>();
  const arrivals = new Map(PARTS.map((part) => [part, Promise.withResolvers<undefined>()]));
  const telemetry = createTelemetry({
    app,
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

  const stack = new AsyncDisposableStack();
  const arrived = (part: Part) => async (call: CallContext) => {
    const { method, principal } = call;
    calls.push({ part, method, principal: formatPrincipal(principal), traceId: currentTrace()?.traceId });
    arrivals.get(part)?.resolve(undefined);
    if (hanging.has(part)) await aborted(call.signal);
  };
  const bound = standIns(overrides);
  const servers = new Map<Part, RpcServer>();
  const addresses = new Map<string, string>();
  for (const part of PARTS) {
    const server = await startRpcServer({
      bind: { host: '127.0.0.1', port: 0 },
      services: [bound[part]],
      logger: telemetry.logger('stand-in'),
      drainMs: 0,
      instance: `${SERVICES[part]}-a`,
      interceptors: [arrived(part)],
    });
    servers.set(part, stack.use(server));
    addresses.set(SERVICES[part], `127.0.0.1:${server.port}`);
  }
  const services = createShopServices((service) => stack.use(connect(addresses.get(service) ?? service)));
  return {
    services,
    telemetry,
    calls,
    lines,
    reached: async (part) => arrivals.get(part)?.promise,
    hang: (part) => {
      hanging.add(part);
    },
    kill: async (part) => servers.get(part)?.drain(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

/** Lets everything else run until `condition` holds; the test's time limit is the guard. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
