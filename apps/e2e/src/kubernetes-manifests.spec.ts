import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { ClusterRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRole';
import { APPS } from './apps.ts';
import { settingProblems } from './kubernetes/container-settings.ts';
import { environmentOf, textsOf, type Texts } from './kubernetes/environment.ts';
import { callProblems } from './kubernetes/network-calls.ts';
import { idlePolicies } from './kubernetes/network-policies.ts';
import { podProblems } from './kubernetes/pod-rules.ts';
import { schemaProblems } from './kubernetes/published-schemas.ts';
import { referenceProblems } from './kubernetes/references.ts';
import { requestsOfTheRegistrar } from './kubernetes/registrar-requests.ts';
import { called, rendered, type KubernetesObject } from './kubernetes/rendered.ts';
import { appOf, workloadsOf } from './kubernetes/workloads.ts';
import { itWithPeer } from './peers.ts';
import { repository } from './running-app.ts';

jest.setTimeout(300_000);

const DEVELOPMENT = 'overlays/development';
const PRODUCTION = 'overlays/production';

interface Rendered {
  readonly objects: readonly KubernetesObject[];
  readonly texts: Texts;
}

/** The Secret that the README has the operator make, with its keys, each long enough to be a session secret and a URL. */
async function operatorsSecrets(): Promise<Texts> {
  const readme = await readFile(join(repository, 'k8s/README.md'), 'utf8');
  const [, name = '', literals = ''] = /create secret generic (\S+)([^`]*)/.exec(readme) ?? [];
  const keys = [...literals.matchAll(/--from-literal=([\w-]+)=/g)].flatMap(([, key]) => key ?? []);
  const standIn = (key: string): string =>
    `${key.replace('-url', '')}s://store.example:5671/of-the-operators-own-making`;
  const schemes: Readonly<Record<string, string>> = { redis: 'rediss', amqp: 'amqps' };
  return { [name]: Object.fromEntries(keys.map((key) => [key, standIn(schemes[key] ?? key)])) };
}

const renderings = new Map<string, Promise<Rendered>>();
function rendering(folder: string): Promise<Rendered> {
  const render = async (): Promise<Rendered> => {
    const objects = await rendered(folder);
    return { objects, texts: textsOf(objects, folder === DEVELOPMENT ? {} : await operatorsSecrets()) };
  };
  const known = renderings.get(folder) ?? render();
  renderings.set(folder, known);
  return known;
}

/** All that can be found without running the apps. */
const problemsOf = (objects: readonly KubernetesObject[], texts: Texts): readonly string[] => {
  const workloads = workloadsOf(objects);
  return [
    ...referenceProblems(objects, workloads, texts),
    ...idlePolicies(objects, workloads),
    ...workloads.flatMap((each) => podProblems(each, environmentOf(each, texts))),
    ...callProblems(objects, workloads),
  ];
};

/** The objects, with another value at one place: `Deployment gateway/spec/replicas`. Names may lack their hash. */
function withChange(objects: readonly KubernetesObject[], place: string, value: unknown): readonly KubernetesObject[] {
  const [title = '', ...keys] = place.split('/');
  const last = keys.pop() ?? '';
  const copies = structuredClone([...objects]);
  const object = copies.find((copy) => called(copy) === title) ?? copies.find((copy) => called(copy).startsWith(title));
  const parent = keys.reduce<unknown>((at, key) => Reflect.get(Object(at), key), object);
  Reflect.set(Object(parent), last, value);
  return copies;
}

describe.each(['base', DEVELOPMENT, PRODUCTION])('k8s/%s', (folder) => {
  itWithPeer('kubectl', 'is what the published schemas allow, and nothing besides', async () => {
    const { objects } = await rendering(folder);
    expect(objects.flatMap(schemaProblems)).toEqual([]);
  });
});

describe.each([DEVELOPMENT, PRODUCTION])('k8s/%s', (folder) => {
  itWithPeer(
    'kubectl',
    'refers to what is there, bounds and probes every pod, lets pass the calls that are made',
    async () => {
      const { objects, texts } = await rendering(folder);
      expect(problemsOf(objects, texts)).toEqual([]);
    },
  );

  itWithPeer('kubectl', 'gives every app settings that it takes', async () => {
    const { objects, texts } = await rendering(folder);
    const problems: string[] = [];
    // One after the other: each is a process or two.
    for (const workload of workloadsOf(objects)) problems.push(...(await settingProblems(workload, texts)));
    expect(problems).toEqual([]);
  });
});

itWithPeer('kubectl', 'development runs every app', async () => {
  const { objects } = await rendering(DEVELOPMENT);
  const apps = workloadsOf(objects).flatMap((workload) => appOf(workload) ?? []);
  expect(apps.sort()).toEqual(APPS.filter((app) => app !== 'stack').sort());
});

itWithPeer('kubectl', 'development alone holds secrets', async () => {
  const { objects } = await rendering(PRODUCTION);
  expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
});

itWithPeer('kubectl', 'the registrar may do what it does, and no more', async () => {
  const { objects } = await rendering(PRODUCTION);
  const allowed = objects
    .filter((object) => ClusterRole.is(object))
    .flatMap(({ rules }) => rules ?? [])
    .flatMap(({ apiGroups = [], resources = [], verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}${group === '' ? '' : `.${group}`}`)),
      ),
    );
  expect(allowed.sort()).toEqual(await requestsOfTheRegistrar());
});

describe('what is wrong is found', () => {
  const POD = 'spec/template/spec';
  const CONTAINER = `${POD}/containers/0`;
  const BY_SCHEMA = [
    [`Deployment gateway/${CONTAINER}/comand`, ['x'], 'comand: unknown field'],
    [`Deployment gateway/${CONTAINER}/livenessProbe/httpGet/pfad`, '/', 'pfad: unknown field'],
    [`Deployment gateway/${CONTAINER}/livenessProbe/httpGet/scheme`, 'http', 'scheme: enum'],
    ['Deployment gateway/spec/replicas', '2', '/spec/replicas: type'],
    ['Deployment gateway/spec/selector', undefined, '/spec: required'],
    [`Deployment gateway/${CONTAINER}/resources/limits/memory`, '1 GB', 'memory: format'],
    ['Deployment gateway/apiVersion', 'apps/v0', 'no schema of apps/v0 Deployment'],
    ['NetworkPolicy registry/spec/ingress/0/form', [], '/spec/ingress/0/form: unknown field'],
    ['PodDisruptionBudget gateway/spec/maxUnavailabel', 1, '/spec/maxUnavailabel: unknown field'],
    ['ClusterRole portolan-registrar/rules/0/resource', ['services'], '/rules/0/resource: unknown field'],
  ] as const;
  const BY_RULE = [
    [`Deployment gateway/${CONTAINER}/envFrom`, [], 'probes reach its ops port'],
    [`Deployment gateway/${CONTAINER}/readinessProbe`, undefined, 'readiness are probed'],
    [`Deployment gateway/${CONTAINER}/securityContext/readOnlyRootFilesystem`, false, 'only read'],
    [`Deployment gateway/${CONTAINER}/args/5`, '--advertise=$(POD_ADDRESS)', 'every variable of its arguments'],
    [`Deployment gateway/${POD}/enableServiceLinks`, true, 'no Service gets into'],
    [`Deployment gateway/${POD}/terminationGracePeriodSeconds`, 25, 'more time to end'],
    [`Deployment gateway/${POD}/volumes`, [], 'no volume data'],
    ['Deployment gateway/spec/strategy/rollingUpdate/maxUnavailable', 1, 'may take one away'],
    ['Deployment gateway/spec/template/metadata/labels', {}, 'Service gateway: selects 0 workloads'],
    ['Deployment gateway/spec/template/metadata/labels', {}, 'Deployment gateway: has 0 PodDisruptionBudgets'],
    ['Secret portolan/data', {}, 'no key session-secret of portolan'],
    ['ConfigMap process-settings/metadata/name', 'settings', 'no ConfigMap or Secret process-settings'],
    ['StatefulSet registry/spec/serviceName', 'nodes', 'no Service nodes'],
    ['Service gateway/spec/ports/0/targetPort', 'https', 'has no port https'],
    ['Service registry/metadata/annotations', {}, 'without portolan/ignore'],
    ['ServiceAccount registrar/metadata/name', 'x', 'no ServiceAccount registrar'],
    ['NetworkPolicy names/spec/podSelector', { matchLabels: { a: 'b' } }, 'nobody is {"matchLabels":{"a":"b"}}'],
    ['NetworkPolicy names/spec/podSelector', { matchLabels: { a: 'b' } }, 'gateway → names:53 does not pass'],
    ['NetworkPolicy nothing-else/spec/policyTypes', ['Egress'], 'a stranger namespace → registrar:9900 passes'],
    ['NetworkPolicy calls-agent/spec/egress', [], 'demo-reviews → agent:7502 does not pass'],
  ] as const;
  const BY_THE_APP = [
    [`Deployment bff-web/${CONTAINER}/args/1`, '--bnid=0.0.0.0', 'bff-web', 'flag --bnid: there is no such flag'],
    [`Deployment bff-web/${CONTAINER}/args/2`, '--port=web', 'bff-web', 'flag --port'],
    [
      `Deployment bff-web/${CONTAINER}/env/0`,
      { name: 'PORTOLAN_CSRF', value: 'x' },
      'bff-web',
      'does not know PORTOLAN_CSRF',
    ],
    ['ConfigMap gateway-routes/data', { 'gateway.yaml': 'rotues: []' }, 'gateway', 'rotues: there is no such key'],
    ['Secret portolan/data', { 'session-secret': 'c2hvcnQ=' }, 'bff-mobile', 'variable PORTOLAN_SESSION_SECRET'],
  ] as const;

  itWithPeer('kubectl', 'by a schema', async () => {
    const { objects } = await rendering(DEVELOPMENT);
    for (const [place, value, problem] of BY_SCHEMA) {
      expect(withChange(objects, place, value).flatMap(schemaProblems).join('\n')).toContain(problem);
    }
  });

  itWithPeer('kubectl', 'by a rule', async () => {
    const { objects } = await rendering(DEVELOPMENT);
    for (const [place, value, problem] of BY_RULE) {
      const broken = withChange(objects, place, value);
      expect(problemsOf(broken, textsOf(broken, {})).join('\n')).toContain(problem);
    }
  });

  itWithPeer('kubectl', 'by the app', async () => {
    const { objects } = await rendering(DEVELOPMENT);
    for (const [place, value, app, problem] of BY_THE_APP) {
      const broken = withChange(objects, place, value);
      const started = workloadsOf(broken).filter(({ name }) => name === app);
      const problems = await Promise.all(started.map((workload) => settingProblems(workload, textsOf(broken, {}))));
      expect(problems.flat().join('\n')).toContain(problem);
    }
  });
});
