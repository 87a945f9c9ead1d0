import { jest } from '@jest/globals';
import { schemaProblems } from './kubernetes/published-schemas.ts';
import { called, rendered, type KubernetesObject } from './kubernetes/rendered.ts';
import { appOf, hasLabels, workloadsOf, type Workload } from './kubernetes/workloads.ts';
import { itWithPeer } from './peers.ts';
import { cellsOf } from './generated-part.ts';
import { printedSettings } from './printed-settings.ts';

jest.setTimeout(120_000);

const OVERLAYS = ['overlays/development', 'overlays/production'];
/** What the operator makes, in production: see k8s/README.md. */
const OPERATORS_SECRETS = ['portolan'];

interface Known {
  readonly flags: readonly string[];
  readonly variables: readonly string[];
}

const settings = new Map<string, Promise<Known>>();
/** What an app can be told, by its own table. */
const settingsOf = (app: string): Promise<Known> => {
  const known = settings.get(app) ?? readSettings(app);
  settings.set(app, known);
  return known;
};

async function readSettings(app: string): Promise<Known> {
  const rows = cellsOf(await printedSettings(app)).slice(2);
  const [flags, shared] = [1, 2].map((column) => rows.map((cells) => (cells[column] ?? '').replaceAll('`', '')));
  const own = `PORTOLAN_${app.replaceAll('-', '_').toUpperCase()}_`;
  const variables = (flags ?? []).map((flag) => own + flag.slice(2).replaceAll('-', '_').toUpperCase());
  return { flags: ['--config', ...(flags ?? [])], variables: [...(shared ?? []), ...variables] };
}

const named = (objects: readonly KubernetesObject[], kind: string, name: string): boolean =>
  objects.some((object) => object.kind === kind && object.metadata.name === name);

/** Variables that are set in every process, and read by those that know them. */
const isForEverybody = (name: string): boolean => ['POD_NAME', 'POD_NAMESPACE', 'POD_IP', 'NODE_NAME'].includes(name);

async function unknownSettings(workload: Workload): Promise<readonly string[]> {
  const app = appOf(workload);
  if (app === undefined) return [];
  const { flags, variables } = await settingsOf(app);
  const { args = [], env = [] } = workload.container;
  const flagsGiven = args.slice(1).map((arg) => arg.split('=')[0] ?? '');
  const variablesGiven = env.map(({ name }) => name).filter((name) => !isForEverybody(name));
  return [
    ...flagsGiven.filter((flag) => !flags.includes(flag)),
    ...variablesGiven.filter((name) => !variables.includes(name)),
  ].map((what) => `${workload.title}: ${app} has no ${what}`);
}

/** Config maps and secrets that pods name and nobody makes. */
function dangling(objects: readonly KubernetesObject[], { title, container, pod }: Workload): readonly string[] {
  const maps = [
    ...(container.envFrom ?? []).flatMap(({ configMapRef }) => configMapRef?.name ?? []),
    ...(pod.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []),
  ];
  const secrets = (container.env ?? []).flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []);
  return [
    ...maps.filter((name) => !named(objects, 'ConfigMap', name)).map((name) => `${title}: no ConfigMap ${name}`),
    ...secrets
      .filter((name) => !named(objects, 'Secret', name) && !OPERATORS_SECRETS.includes(name))
      .map((name) => `${title}: no Secret ${name}`),
  ];
}

const labelsIn = (value: unknown): Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]))
    : {};

describe.each(OVERLAYS)('%s', (overlay) => {
  itWithPeer('kubectl', 'is what the published schemas of Kubernetes know, field by field', async () => {
    const objects = await rendered(overlay);
    expect(objects.length).toBeGreaterThan(30);
    expect(objects.flatMap(schemaProblems)).toEqual([]);
  });

  itWithPeer('kubectl', 'tells every app only what it can be told', async () => {
    const workloads = workloadsOf(await rendered(overlay));
    const unknown = await Promise.all(workloads.map(unknownSettings));
    expect(unknown.flat()).toEqual([]);
    expect(workloads.flatMap((workload) => appOf(workload) ?? [])).toEqual(
      expect.arrayContaining(['registry', 'agent', 'registrar', 'gateway', 'bff-web', 'bff-mobile']),
    );
  });

  itWithPeer('kubectl', 'names nothing that is not there', async () => {
    const objects = await rendered(overlay);
    const workloads = workloadsOf(objects);
    expect(workloads.flatMap((workload) => dangling(objects, workload))).toEqual([]);
    const selecting = objects.filter(({ kind }) => kind === 'Service' || kind === 'PodDisruptionBudget');
    const lonely = selecting.filter((object) => {
      const spec = labelsIn(object.spec);
      expect(Object.keys(spec)).toContain('selector');
      const selector: unknown = Reflect.get(Object(object.spec), 'selector');
      const labels = labelsIn(object.kind === 'Service' ? selector : Reflect.get(Object(selector), 'matchLabels'));
      return !workloads.some((workload) => hasLabels(workload.labels, labels));
    });
    expect(lonely.map(called)).toEqual([]);
  });

  itWithPeer('kubectl', 'probes every container, and lets none of ours write, run as root or rise', async () => {
    const workloads = workloadsOf(await rendered(overlay));
    for (const { title, container, pod } of workloads.filter((workload) => appOf(workload) !== undefined)) {
      expect([title, container]).toMatchObject([
        title,
        {
          livenessProbe: { httpGet: { path: '/healthz' } },
          readinessProbe: { httpGet: { path: '/readyz' } },
          startupProbe: { httpGet: { path: '/healthz' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ]);
      expect([title, pod.securityContext]).toMatchObject([title, { runAsNonRoot: true, runAsUser: 10_001 }]);
    }
    expect(workloads.length).toBeGreaterThanOrEqual(6);
  });
});

itWithPeer('kubectl', 'the registrar may do what its source does, and no more', async () => {
  const objects = await rendered('overlays/production');
  const rules = objects.filter(({ kind }) => kind === 'ClusterRole').map((role) => role.rules);
  expect(rules).toEqual([
    [
      { apiGroups: [''], resources: ['services'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ],
  ]);
});

itWithPeer('kubectl', 'a field that Kubernetes does not know is found', async () => {
  const [deployment] = (await rendered('overlays/production')).filter(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error('there is no Deployment');
  expect(schemaProblems(deployment)).toEqual([]);
  const misspelt = { ...deployment, spec: { ...specOf(deployment), replica: 3 } };
  expect(schemaProblems(misspelt)).toEqual([`${called(deployment)}: /spec/replica: unknown field`]);
  const wrong = { ...deployment, spec: { ...specOf(deployment), replicas: 'three' } };
  expect(schemaProblems(wrong).join()).toMatch(/\/spec\/replicas/);
});

const specOf = ({ spec }: KubernetesObject): object => (typeof spec === 'object' && spec !== null ? spec : {});
