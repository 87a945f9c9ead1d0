import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ClusterRoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/ClusterRoleBinding';
import { Service } from 'kubernetes-models/v1/Service';
import type { Texts } from './environment.ts';
import { called, type KubernetesObject } from './rendered.ts';
import { appOf, hasLabels, type Workload } from './workloads.ts';

/** Kinds that belong to no namespace. */
const OF_THE_CLUSTER = ['Namespace', 'ClusterRole', 'ClusterRoleBinding'];
/** Why a workload has no PodDisruptionBudget, in words. */
const NO_BUDGET = 'portolan/no-disruption-budget';

/** What names something that is not there. */
export function referenceProblems(
  objects: readonly KubernetesObject[],
  workloads: readonly Workload[],
  texts: Texts,
): readonly string[] {
  return [
    ...objects.flatMap((object) => [
      ...namespaceProblems(object),
      ...serviceProblems(object, workloads),
      ...autoscalerProblems(object, workloads),
      ...bindingProblems(object, objects),
    ]),
    ...workloads.flatMap((workload) => [
      ...textProblems(workload, texts),
      ...mountProblems(workload),
      ...budgetProblems(workload, objects),
    ]),
    ...rolloutProblems(objects),
  ];
}

const namespaceProblems = (object: KubernetesObject): readonly string[] =>
  OF_THE_CLUSTER.includes(object.kind) || object.metadata.namespace === 'portolan'
    ? []
    : [`${called(object)}: not in the namespace`];

function serviceProblems(object: KubernetesObject, workloads: readonly Workload[]): readonly string[] {
  if (!Service.is(object)) return [];
  const { selector = {}, ports = [] } = object.spec ?? {};
  const selected = workloads.filter(({ labels }) => hasLabels(labels, selector));
  const [workload] = selected;
  if (workload === undefined || selected.length > 1) return [`${called(object)}: selects ${selected.length} workloads`];
  const named = ports.filter(
    ({ port, targetPort = port }) =>
      workload.container.ports?.some(({ name, containerPort }) => [name, containerPort].includes(targetPort)) !== true,
  );
  // The registrar would register a second time what registers itself.
  const twice = appOf(workload) !== undefined && object.metadata.annotations['portolan/ignore'] !== 'true';
  return [
    ...named.map(({ targetPort }) => `${called(object)}: ${workload.title} has no port ${String(targetPort)}`),
    ...(twice ? [`${called(object)}: without portolan/ignore`] : []),
  ];
}

/** An autoscaler shares its Deployment with nobody who also says how many. */
function autoscalerProblems(object: KubernetesObject, workloads: readonly Workload[]): readonly string[] {
  if (!HorizontalPodAutoscaler.is(object)) return [];
  const { kind, name } = object.spec.scaleTargetRef;
  const target = workloads.find(({ title }) => title === `${kind} ${name}`);
  if (target === undefined) return [`${called(object)}: no ${kind} ${name}`];
  return target.replicas === undefined ? [] : [`${called(object)}: ${target.title} has replicas of its own`];
}

function bindingProblems(object: KubernetesObject, objects: readonly KubernetesObject[]): readonly string[] {
  if (!ClusterRoleBinding.is(object)) return [];
  const { roleRef, subjects = [] } = object;
  return [roleRef, ...subjects]
    .filter(({ kind, name }) => !objects.some((other) => other.kind === kind && other.metadata.name === name))
    .map(({ kind, name }) => `${called(object)}: no ${kind} ${name}`);
}

function textProblems({ title, container, pod }: Workload, texts: Texts): readonly string[] {
  const whole = [
    ...(container.envFrom ?? []).flatMap(({ configMapRef, secretRef }) => configMapRef?.name ?? secretRef?.name ?? []),
    ...(pod.volumes ?? []).flatMap(({ configMap, secret }) => configMap?.name ?? secret?.secretName ?? []),
  ];
  const keys = (container.env ?? []).flatMap(
    ({ valueFrom }) => valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef ?? [],
  );
  return [
    ...whole.filter((name) => texts[name] === undefined).map((name) => `${title}: no ConfigMap or Secret ${name}`),
    ...keys
      .filter(({ name = '', key }) => texts[name]?.[key] === undefined)
      .map(({ name = '', key }) => `${title}: no key ${key} of ${name}`),
  ];
}

function mountProblems({ title, container, pod, claims }: Workload): readonly string[] {
  const volumes = [...(pod.volumes ?? []).map(({ name }) => name), ...claims];
  const mounted = (container.volumeMounts ?? []).map(({ name }) => name);
  return [
    ...mounted.filter((name) => !volumes.includes(name)).map((name) => `${title}: no volume ${name}`),
    ...volumes.filter((name) => !mounted.includes(name)).map((name) => `${title}: nobody mounts ${name}`),
  ];
}

/** A DaemonSet's pods are never evicted: they end with their node. */
function budgetProblems(workload: Workload, objects: readonly KubernetesObject[]): readonly string[] {
  const budgets = objects
    .filter((object) => PodDisruptionBudget.is(object))
    .filter(({ spec }) => hasLabels(workload.labels, spec?.selector?.matchLabels ?? {}));
  const wanted = workload.kind === 'DaemonSet' || workload.annotations[NO_BUDGET] !== undefined ? 0 : 1;
  return budgets.length === wanted ? [] : [`${workload.title}: has ${budgets.length} PodDisruptionBudgets`];
}

function rolloutProblems(objects: readonly KubernetesObject[]): readonly string[] {
  const services = objects.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name);
  return objects.flatMap((object) => {
    if (StatefulSet.is(object)) {
      const { serviceName = '' } = object.spec ?? {};
      return services.includes(serviceName) ? [] : [`${called(object)}: no Service ${serviceName}`];
    }
    if (!Deployment.is(object)) return [];
    const gone = object.spec?.strategy?.rollingUpdate?.maxUnavailable;
    return gone === 0 ? [] : [`${called(object)}: its rollout may take one away before another is there`];
  });
}
