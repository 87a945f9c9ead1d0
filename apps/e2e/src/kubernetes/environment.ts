import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IEnvVar } from 'kubernetes-models/v1/EnvVar';
import { Secret } from 'kubernetes-models/v1/Secret';
import type { KubernetesObject } from './rendered.ts';
import type { Workload } from './workloads.ts';

/** What a kubelet knows of a pod. */
const FIELDS: Readonly<Record<string, string>> = {
  'metadata.name': 'pod-0',
  'metadata.namespace': 'portolan',
  'spec.nodeName': 'node-1',
  'status.podIP': '10.0.0.7',
};

/** The texts of ConfigMaps and Secrets by name, then key; of Secrets that the operator makes, stand-ins. */
export type Texts = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function textsOf(objects: readonly KubernetesObject[], operators: Texts): Texts {
  const found = objects.flatMap((object): readonly (readonly [string, Readonly<Record<string, string>>])[] => {
    if (ConfigMap.is(object)) return [[object.metadata.name, object.data ?? {}]];
    if (!Secret.is(object)) return [];
    const decoded = Object.entries(object.data ?? {}).map(([key, data]) => [
      key,
      Buffer.from(data, 'base64').toString(),
    ]);
    return [[object.metadata.name, Object.fromEntries(decoded)]];
  });
  return { ...operators, ...Object.fromEntries(found) };
}

/** The environment that a container starts with. What refers to nothing is left out. */
export function environmentOf({ container }: Workload, texts: Texts): Readonly<Record<string, string>> {
  const maps = (container.envFrom ?? []).flatMap(({ configMapRef, secretRef }) =>
    Object.entries(texts[configMapRef?.name ?? secretRef?.name ?? ''] ?? {}),
  );
  const own = (container.env ?? []).flatMap((variable) => {
    const value = valueOf(variable, texts);
    return value === undefined ? [] : [[variable.name, value] as const];
  });
  return Object.fromEntries([...maps, ...own]);
}

function valueOf({ value, valueFrom }: IEnvVar, texts: Texts): string | undefined {
  if (valueFrom?.fieldRef !== undefined) return FIELDS[valueFrom.fieldRef.fieldPath];
  const reference = valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef;
  return reference === undefined ? (value ?? '') : texts[reference.name ?? '']?.[reference.key];
}

/** Arguments as the container gets them: `$(NAME)` is a variable of its environment. */
export const argumentsOf = (
  { container }: Workload,
  environment: Readonly<Record<string, string>>,
): readonly string[] =>
  (container.args ?? []).map((text) =>
    text.replaceAll(/\$\((\w+)\)/g, (whole, name: string) => environment[name] ?? whole),
  );
