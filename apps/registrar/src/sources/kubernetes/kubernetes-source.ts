import {
  CoreV1Api,
  DiscoveryV1Api,
  KubeConfig,
  makeInformer,
  type KubernetesListObject,
  type KubernetesObject,
  type V1EndpointSlice,
  type V1Service,
} from '@kubernetes/client-node';
import { PortolanError, type Clock, type Rng, type Timer } from '@portolan/kernel';
import { backoff, type BackoffOptions } from '@portolan/resilience';
import { KubeconfigError } from '../../errors.ts';
import type { RegistrarSource, SourceEntry, SourceLogger } from '../../source.ts';
import { Changes } from '../changes.ts';
import { SERVICE_NAME, sliceEntries } from './slice-entries.ts';

/** Of the account that Kubernetes gives the pod of this registrar. */
export const IN_CLUSTER = 'in-cluster';

const RETRY: BackoffOptions = { baseMs: 200, maxMs: 5_000, factor: 2 };

export interface KubernetesSourceOptions {
  /** `in-cluster`, or the path of a kubeconfig. */
  readonly access: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: SourceLogger;
}

/**
 * The endpoints of the Services of a cluster: listed, then watched, with bookmarks; listed again when the version to go on from
 * has expired. While the API server is away what was known stands.
 * @throws KubeconfigError
 */
export function kubernetesSource({ access, clock, rng, logger }: KubernetesSourceOptions): RegistrarSource {
  const config = kubeconfig(access);
  const core = config.makeApiClient(CoreV1Api);
  const discovery = config.makeApiClient(DiscoveryV1Api);
  const refused = new Map<string, string>();
  return {
    name: 'kubernetes',
    async *entries(signal) {
      const changes = new Changes();
      const follow = <T extends KubernetesObject>(
        path: string,
        list: () => Promise<KubernetesListObject<T>>,
      ): Mirror<T> => new Mirror(config, path, list, changes, { clock, rng, logger });
      const services = follow<V1Service>('/api/v1/services', () => core.listServiceForAllNamespaces());
      const slices = follow<V1EndpointSlice>('/apis/discovery.k8s.io/v1/endpointslices', () =>
        discovery.listEndpointSliceForAllNamespaces(),
      );
      try {
        while (await changes.next(signal)) {
          // One without the other would look as if everything had gone.
          if (!services.isListed || !slices.isListed) continue;
          yield entriesOf(services, slices, refused, logger);
        }
      } finally {
        await services.stop();
        await slices.stop();
      }
    },
  };
}

function entriesOf(
  services: Mirror<V1Service>,
  slices: Mirror<V1EndpointSlice>,
  refused: Map<string, string>,
  logger: SourceLogger,
): readonly SourceEntry[] {
  const byId = new Map<string, SourceEntry>();
  for (const slice of slices.all()) {
    const namespace = slice.metadata?.namespace ?? 'default';
    const ofService = slice.metadata?.labels?.[SERVICE_NAME] ?? '';
    try {
      const service = services.get(ofService, namespace);
      // A pod may be in two slices of one Service for a moment: the newer one is listed later.
      for (const entry of sliceEntries(slice, service)) byId.set(entry.registration.id, entry);
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      const key = `${namespace}/${slice.metadata?.name ?? ''}`;
      if (refused.get(key) !== error.message) {
        logger.error({ slice: key, fix: error.fix }, `cannot register a service of Kubernetes: ${error.message}`);
      }
      refused.set(key, error.message);
    }
  }
  return [...byId.values()];
}

/** All objects of one kind, kept as the API server has them. */
class Mirror<T extends KubernetesObject> {
  readonly #informer: ReturnType<typeof makeInformer<T>>;
  #retry: Timer | undefined;
  #stopped = false;
  #listed = false;
  #failures = 0;

  constructor(
    config: KubeConfig,
    path: string,
    list: () => Promise<KubernetesListObject<T>>,
    changes: Changes,
    { clock, rng, logger }: Pick<KubernetesSourceOptions, 'clock' | 'rng' | 'logger'>,
  ) {
    const counted = async (): Promise<KubernetesListObject<T>> => {
      const listed = await list();
      // Its items are taken in after this returns.
      queueMicrotask(() => {
        this.#listed = true;
        this.#failures = 0;
        setImmediate(() => {
          changes.ring();
        });
      });
      return listed;
    };
    // The informer adds its own parameters to these.
    this.#informer = makeInformer<T>(config, `${path}?allowWatchBookmarks=true`, counted);
    this.#informer.on('change', () => {
      // A watch that tells something works: the next loss of it is a new one.
      this.#failures = 0;
      changes.ring();
    });
    this.#informer.on('error', (error: unknown) => {
      if (this.#failures === 0)
        logger.warn({ err: error, path }, 'lost the API server of Kubernetes; what was known stands');
      this.#retry?.cancel();
      this.#retry = clock.after(backoff(RETRY, this.#failures, rng), () => {
        void this.#start();
      });
      this.#failures += 1;
    });
    void this.#start();
  }

  /** It has been listed once. */
  get isListed(): boolean {
    return this.#listed;
  }

  all(): readonly T[] {
    return this.#informer.list();
  }

  get(name: string, namespace: string): T | undefined {
    return this.#informer.get(name, namespace);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#retry?.cancel();
    await this.#informer.stop();
  }

  async #start(): Promise<void> {
    if (!this.#stopped) await this.#informer.start();
  }
}

function kubeconfig(access: string): KubeConfig {
  const config = new KubeConfig();
  try {
    if (access === IN_CLUSTER) config.loadFromCluster();
    else config.loadFromFile(access);
  } catch (error) {
    throw new KubeconfigError(
      `cannot use the kubeconfig ${access}: ${error instanceof Error ? error.message : String(error)}`,
      {
        fix: `name a kubeconfig that can be read, or ${IN_CLUSTER} inside a pod`,
        context: { access },
        cause: error,
      },
    );
  }
  return config;
}
