import { validate as deployment } from 'kubernetes-models/_schemas/IoK8sApiAppsV1Deployment';
import { validate as daemonSet } from 'kubernetes-models/_schemas/IoK8sApiAppsV1DaemonSet';
import { validate as statefulSet } from 'kubernetes-models/_schemas/IoK8sApiAppsV1StatefulSet';
import { validate as autoscaler } from 'kubernetes-models/_schemas/IoK8sApiAutoscalingV2HorizontalPodAutoscaler';
import { validate as configMap } from 'kubernetes-models/_schemas/IoK8sApiCoreV1ConfigMap';
import { validate as namespace } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Namespace';
import { validate as secret } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Secret';
import { validate as service } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Service';
import { validate as serviceAccount } from 'kubernetes-models/_schemas/IoK8sApiCoreV1ServiceAccount';
import { validate as networkPolicy } from 'kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy';
import { validate as disruptionBudget } from 'kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget';
import { validate as clusterRole } from 'kubernetes-models/_schemas/IoK8sApiRbacV1ClusterRole';
import { validate as clusterRoleBinding } from 'kubernetes-models/_schemas/IoK8sApiRbacV1ClusterRoleBinding';
import { z } from 'zod';
import { called, type KubernetesObject } from './rendered.ts';

/** Kubernetes' own OpenAPI schemas, compiled. Another kind of object is a row here. */
const SCHEMAS: Readonly<Record<string, (data: unknown) => boolean>> = {
  'apps/v1 Deployment': deployment,
  'apps/v1 DaemonSet': daemonSet,
  'apps/v1 StatefulSet': statefulSet,
  'autoscaling/v2 HorizontalPodAutoscaler': autoscaler,
  'networking.k8s.io/v1 NetworkPolicy': networkPolicy,
  'policy/v1 PodDisruptionBudget': disruptionBudget,
  'rbac.authorization.k8s.io/v1 ClusterRole': clusterRole,
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': clusterRoleBinding,
  'v1 ConfigMap': configMap,
  'v1 Namespace': namespace,
  'v1 Secret': secret,
  'v1 Service': service,
  'v1 ServiceAccount': serviceAccount,
};

/** What a compiled schema leaves at itself. */
const SchemaErrors = z
  .array(z.looseObject({ instancePath: z.string(), keyword: z.string(), params: z.unknown() }))
  .nullish();

/** What an API server with strict field validation would refuse. */
export function schemaProblems(object: KubernetesObject): readonly string[] {
  const validate = SCHEMAS[`${object.apiVersion} ${object.kind}`];
  if (validate === undefined) return [`${called(object)}: there is no schema of ${object.apiVersion} ${object.kind}`];
  const looked = new Set<string>();
  const valid = validate(watched(object, '', looked));
  const errors = SchemaErrors.parse(Reflect.get(validate, 'errors')) ?? [];
  const wrong = valid
    ? []
    : errors.map(({ instancePath, keyword, params }) => `${instancePath}: ${keyword} ${JSON.stringify(params)}`);
  return [...wrong, ...unknownFields(object, '', looked)].map((problem) => `${called(object)}: ${problem}`);
}

/**
 * The same value, which notes what is read of it. The schemas let unknown fields pass, as the API of old did; but a compiled
 * schema reads the fields that it knows by their names, and no other.
 */
function watched(value: unknown, path: string, looked: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key, receiver) {
      const child: unknown = Reflect.get(target, key, receiver);
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return child;
      looked.add(`${path}/${key}`);
      return watched(child, `${path}/${key}`, looked);
    },
  });
}

function unknownFields(value: unknown, path: string, looked: ReadonlySet<string>): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const at = `${path}/${key}`;
    return looked.has(at) ? unknownFields(child, at, looked) : [`${at}: unknown field`];
  });
}
