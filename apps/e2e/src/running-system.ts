import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostPort, startApp, type RunningApp } from './running-app.ts';
import { request } from './request.ts';
import { expectEventually } from './eventually.ts';

export const DEMOS = ['demo-products', 'demo-inventory', 'demo-reviews', 'demo-orders'] as const;
export type Demo = (typeof DEMOS)[number];

export interface SystemOptions {
  /** For every app besides the registry: `REDIS_URL`, or a setting that all of them share. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A whole Portolan on free ports: one registry, gateway, web and mobile BFF, two instances of each demo service. Answers are not
 * kept, so that each one shows what is there now.
 */
export interface RunningSystem extends AsyncDisposable {
  readonly registry: RunningApp;
  readonly bff: RunningApp;
  readonly mobile: RunningApp;
  readonly gateway: RunningApp;
  /** `http://127.0.0.1:<port>` of the gateway. */
  readonly url: string;
  readonly demos: Readonly<Record<Demo, readonly [RunningApp, RunningApp]>>;
  /** Starts one more app that finds this system's registry; it ends with the system. */
  start(app: string, flags?: readonly string[]): Promise<RunningApp>;
  /** The flags that every app of this system got, for a restart by hand. */
  readonly flags: readonly string[];
  readonly folder: string;
}

export async function startSystem({ env = {} }: SystemOptions = {}): Promise<RunningSystem> {
  const environment = { PORTOLAN_CACHE_TTL_MS: '0', ...env };
  const folder = await mkdtemp(join(tmpdir(), 'portolan-e2e-'));
  const stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  try {
    const free = ['--port', '0', '--ops-port', '0', '--log-format', 'json', '--log-level', 'debug'];
    const registry = stack.use(await startApp('registry', [...free, '--data-dir', join(folder, 'registry')]));
    const flags = [...free, '--registry', hostPort(registry, 'grpc')];
    const start = async (app: string, more: readonly string[] = []): Promise<RunningApp> =>
      stack.use(await startApp(app, [...flags, '--data-dir', join(folder, app), ...more], { env: environment }));
    const pair = async (app: Demo): Promise<readonly [RunningApp, RunningApp]> =>
      all([start(app, ['--instance', `${app}-a`]), start(app, ['--instance', `${app}-b`])]);
    const [products, inventory, reviews, orders, bff, mobile, gateway] = await all([
      pair('demo-products'),
      pair('demo-inventory'),
      pair('demo-reviews'),
      pair('demo-orders'),
      start('bff-web'),
      start('bff-mobile'),
      start('gateway'),
    ]);
    const demos = {
      'demo-products': products,
      'demo-inventory': inventory,
      'demo-reviews': reviews,
      'demo-orders': orders,
    };
    const url = `http://${hostPort(gateway, 'http')}`;
    await expectEventually('the whole product page', async () => {
      const answer = await request(`${url}/web/products/1`);
      return answer.status === 200 && answer.json().missing === undefined;
    });
    return {
      registry,
      bff,
      mobile,
      gateway,
      url,
      demos,
      start,
      flags,
      folder,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** As `Promise.all`, but waits for all of them before it fails: what has started by then can be ended. */
async function all<Values extends readonly unknown[]>(promises: {
  readonly [Index in keyof Values]: Promise<Values[Index]>;
}): Promise<Values>;
async function all(promises: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
