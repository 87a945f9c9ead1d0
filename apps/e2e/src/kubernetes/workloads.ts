import { DaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { called, type KubernetesObject } from './rendered.ts';

/** What runs pods, whichever kind it is. */
export interface Workload {
  /** `Deployment gateway` */
  readonly title: string;
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Absent: one, or as many as an autoscaler says. */
  readonly replicas: number | undefined;
  /** Of its pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly pod: IPodSpec;
  /** It has one, and says nothing of others. */
  readonly container: IContainer;
  /** Volumes that are claimed rather than listed. */
  readonly claims: readonly string[];
}

/** The app of ours that it runs; undefined for others' programs. */
export const appOf = ({ container }: Workload): string | undefined =>
  /^portolan\/portolan(:|$)/.test(container.image ?? '') ? container.args?.[0]?.replace(/\/main\.js$/, '') : undefined;

/** @throws Error for one without exactly one container */
export function workloadsOf(objects: readonly KubernetesObject[]): readonly Workload[] {
  return objects.flatMap((object) => {
    if (!Deployment.is(object) && !StatefulSet.is(object) && !DaemonSet.is(object)) return [];
    const { kind, spec } = object;
    const pod = spec?.template.spec;
    const [container, ...others] = pod?.containers ?? [];
    const { name, annotations } = object.metadata;
    if (pod === undefined || container === undefined || others.length > 0 || pod.initContainers !== undefined) {
      throw new Error(`${kind} ${name}: not exactly one container`);
    }
    const claims = StatefulSet.is(object) ? (object.spec?.volumeClaimTemplates ?? []) : [];
    return {
      title: called(object),
      kind,
      name,
      annotations,
      replicas: DaemonSet.is(object) ? undefined : object.spec?.replicas,
      labels: spec?.template.metadata?.labels ?? {},
      pod,
      container,
      claims: claims.flatMap(({ metadata }) => metadata?.name ?? []),
    };
  });
}

/** `spec.selector.matchLabels` alone, as all of ours are. */
export const hasLabels = (
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean => Object.entries(wanted).every(([key, value]) => labels[key] === value);
