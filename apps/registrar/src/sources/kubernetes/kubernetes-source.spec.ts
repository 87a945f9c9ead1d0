import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { systemClock as clock, systemRng as rng } from '@portolan/runtime';
import type { SourceEntry } from '../../source.ts';
import { KubernetesDouble } from '../../testing/kubernetes-double.ts';
import { kubernetesSource } from './kubernetes-source.ts';

jest.setTimeout(60_000);

const service = (name: string, annotations: Readonly<Record<string, string>> = {}, namespace = 'default') => ({
  metadata: { name, namespace, annotations },
});
const slice = (name: string, endpoints: readonly object[], namespace = 'default') => ({
  metadata: { name: `${name}-x`, namespace, labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ name: '', port: 8_080, protocol: 'TCP' }],
  endpoints,
});
const pod = (name: string, address: string, conditions: object = { ready: true }) => ({
  addresses: [address],
  conditions,
  targetRef: { kind: 'Pod', name },
});

/** Waits while it does not hold; whoever asks checks what came. The bound guards against hanging, it measures nothing. */
const eventually = async (holds: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 1_000 && !holds(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 20));
};

/** What the source said last, in short. */
class Following implements AsyncDisposable {
  readonly seen: string[] = [];
  readonly warned: string[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(access: string) {
    const warn = (_: object, message: string): void => {
      this.warned.push(message);
    };
    const silent = (): undefined => undefined;
    const source = kubernetesSource({ access, clock, rng, logger: { debug: silent, info: silent, warn, error: warn } });
    this.#running = (async () => {
      for await (const entries of source.entries(this.#stop.signal)) this.seen.push(brief(entries));
    })();
  }

  async until(wanted: string): Promise<void> {
    await eventually(() => this.seen.at(-1) === wanted);
    expect(this.seen.at(-1)).toBe(wanted);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

const brief = (entries: readonly SourceEntry[]): string =>
  entries
    .map(
      ({ registration: { service: of, address, ports }, health }) =>
        `${of}@${address}:${ports[0]?.number ?? 0} ${health?.status ?? ''}`,
    )
    .sort()
    .join(', ');

describe('the Services of a cluster', () => {
  let api: KubernetesDouble;
  let access: string;
  beforeEach(async () => {
    api = new KubernetesDouble();
    const server = await api.listen();
    access = join(await mkdtemp(join(tmpdir(), 'portolan-kube-')), 'config');
    const config = {
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'test', user: {} }],
    };
    await writeFile(access, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config }));
  });
  afterEach(() => api[Symbol.asyncDispose]());

  it('are their endpoints, as ready as they are, as they come and go', async () => {
    api.put('services', service('web'));
    api.put('endpointslices', slice('web', [pod('web-1', '10.0.0.1'), pod('web-2', '10.0.0.2', { ready: false })]));
    await using following = new Following(access);
    await following.until('web@10.0.0.1:8080 passing, web@10.0.0.2:8080 critical');
    api.put(
      'endpointslices',
      slice('web', [pod('web-2', '10.0.0.2'), pod('web-3', '10.0.0.3', { terminating: true })]),
    );
    await following.until('web@10.0.0.2:8080 passing, web@10.0.0.3:8080 critical');
    api.put('services', service('db', { 'portolan/service': 'database', 'portolan/meta.team': 'x' }, 'shop'));
    api.put('endpointslices', slice('db', [pod('db-1', '10.0.0.9')], 'shop'));
    await following.until('database@10.0.0.9:8080 passing, web@10.0.0.2:8080 passing, web@10.0.0.3:8080 critical');
    api.put('services', service('db', { 'portolan/ignore': 'true' }, 'shop'));
    api.delete('services', 'default', 'web');
    await following.until('');
    expect(following.warned).toEqual([]);
  });

  it('are followed with bookmarks over dropped connections, without a second list', async () => {
    api.put('services', service('web'));
    api.put('endpointslices', slice('web', [pod('web-1', '10.0.0.1')]));
    await using following = new Following(access);
    await following.until('web@10.0.0.1:8080 passing');
    // The lists are all that an answer needs: either watch may still be on its way.
    const watches = (): readonly string[] => api.asked.filter((one) => one.startsWith('services watch'));
    await eventually(() => watches().length === 1);
    api.putAndBookmark('services', service('web', { 'portolan/service': 'shop' }));
    await following.until('shop@10.0.0.1:8080 passing');
    api.drop();
    api.put('endpointslices', slice('web', [pod('web-2', '10.0.0.2')]));
    await following.until('shop@10.0.0.2:8080 passing');
    // Each watch comes back after a delay of its own, and the other one's answer needs only the other one.
    await eventually(() => watches().length > 1);
    expect(watches()).toEqual(['services watch 3 with bookmarks', 'services watch 5 with bookmarks']);
    expect(api.asked.filter((one) => one.endsWith('list'))).toHaveLength(2);
  });

  it('are listed again when the version to go on from has expired', async () => {
    api.put('services', service('web'));
    api.put('endpointslices', slice('web', [pod('web-1', '10.0.0.1')]));
    await using following = new Following(access);
    await following.until('web@10.0.0.1:8080 passing');
    api.drop();
    api.delete('endpointslices', 'default', 'web-x');
    api.put('endpointslices', slice('web', [pod('web-9', '10.0.0.9')]));
    api.expire();
    await following.until('web@10.0.0.9:8080 passing');
    expect(api.asked.filter((one) => one === 'endpointslices list').length).toBeGreaterThan(1);
  });

  it('stand while the API server is away, and nothing is said before both lists are there', async () => {
    api.failing = true;
    await using following = new Following(access);
    await eventually(() => following.warned.length > 0);
    expect(following.warned.length).toBeGreaterThan(0);
    expect(following.seen).toEqual([]);
    api.put('services', service('web'));
    api.put('endpointslices', slice('web', [pod('web-1', '10.0.0.1')]));
    api.failing = false;
    await following.until('web@10.0.0.1:8080 passing');
    api.failing = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(following.seen.at(-1)).toBe('web@10.0.0.1:8080 passing');
    api.failing = false;
    api.put('endpointslices', slice('web', [pod('web-2', '10.0.0.2')]));
    await following.until('web@10.0.0.2:8080 passing');
  });

  it('leave out what cannot be registered, and say why', async () => {
    api.put('services', service('web', { 'portolan/service': 'a b' }));
    api.put('endpointslices', slice('web', [pod('web-1', '10.0.0.1')]));
    api.put('services', service('ok'));
    api.put('endpointslices', slice('ok', [pod('ok-1', '10.0.0.2')]));
    await using following = new Following(access);
    await following.until('ok@10.0.0.2:8080 passing');
    expect(following.warned.join()).toContain('service is "a b"');
  });
});

it('needs a kubeconfig that can be read', () => {
  const silent = (): undefined => undefined;
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  expect(() => kubernetesSource({ access: '/no/such/file', clock, rng, logger })).toThrow(
    expect.objectContaining({ code: 'REGISTRAR_KUBECONFIG' }) as Error,
  );
});
