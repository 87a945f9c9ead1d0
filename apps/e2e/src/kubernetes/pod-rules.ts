import type { IProbe } from 'kubernetes-models/v1/Probe';
import { appOf, type Workload } from './workloads.ts';

type Environment = Readonly<Record<string, string>>;

/** What holds for every pod, in words that name what is missing when it does not. */
const RULES: Readonly<Record<string, (workload: Workload, environment: Environment) => boolean>> = {
  'it says which version of its image it runs': ({ container }) => /:(?!latest$)[\w.-]+$/.test(container.image ?? ''),
  'it runs as a user, 10001 for ours, never as root': (workload) => {
    const { runAsNonRoot, runAsUser = 0 } = workload.pod.securityContext ?? {};
    return runAsNonRoot === true && (appOf(workload) === undefined ? runAsUser > 0 : runAsUser === 10_001);
  },
  'its system calls are filtered': ({ pod }) => pod.securityContext?.seccompProfile?.type === 'RuntimeDefault',
  'its file system is only read, and it has and gets no privilege': ({ container: { securityContext } }) =>
    securityContext?.readOnlyRootFilesystem === true &&
    securityContext.allowPrivilegeEscalation === false &&
    securityContext.privileged !== true &&
    String(securityContext.capabilities?.drop) === 'ALL' &&
    securityContext.capabilities?.add === undefined,
  'it shares nothing with its node': ({ pod, container }) =>
    pod.hostNetwork !== true &&
    pod.hostPID !== true &&
    pod.hostIPC !== true &&
    (container.ports ?? []).every(({ hostPort }) => hostPort === undefined) &&
    (pod.volumes ?? []).every(({ hostPath }) => hostPath === undefined),
  // PORTOLAN_GATEWAY_PORT of a Service called portolan-gateway would be taken for a setting.
  'no Service gets into its environment': ({ pod }) => pod.enableServiceLinks === false,
  'it has a token of the API server only with an account of its own': ({ pod }) =>
    pod.automountServiceAccountToken === false || pod.serviceAccountName !== undefined,
  'it says what it needs of processor and memory, and how much memory is too much': ({ container: { resources } }) =>
    resources?.requests?.cpu !== undefined &&
    resources.requests.memory !== undefined &&
    resources.limits?.memory !== undefined,
  'its start, life and readiness are probed': ({ container }) =>
    [container.startupProbe, container.livenessProbe, container.readinessProbe].every((probe) => probe !== undefined),
  'its life and readiness are asked at the ops port': (workload) => {
    const { startupProbe, livenessProbe, readinessProbe, ports = [] } = workload.container;
    const asked = (probe: IProbe | undefined): string => `${probe?.httpGet?.port ?? ''}${probe?.httpGet?.path ?? ''}`;
    return (
      appOf(workload) === undefined ||
      (ports.some(({ name, containerPort }) => name === 'ops' && containerPort === 9_900) &&
        [startupProbe, livenessProbe, readinessProbe].map(asked).join() === 'ops/healthz,ops/healthz,ops/readyz')
    );
  },
  'probes reach its ops port': (workload, environment) =>
    appOf(workload) === undefined ||
    (environment.PORTOLAN_OPS_BIND === '0.0.0.0' && workload.container.args?.includes('--ops-port=9900') === true),
  'it is given more time to end than it takes to drain': ({ pod }, environment) => {
    const { PORTOLAN_DRAIN_DEADLINE_MS: drainMs = '10000', PORTOLAN_GATEWAY_DRAIN_ACCEPT_MS: acceptMs = '0' } =
      environment;
    return (pod.terminationGracePeriodSeconds ?? 0) * 1_000 >= Number(drainMs) + Number(acceptMs) + 5_000;
  },
  'every variable of its arguments is set': ({ container }) => {
    const names = (container.args ?? []).flatMap((text) => [...text.matchAll(/\$\((\w+)\)/g)].map(([, name]) => name));
    return names.every((name) => container.env?.some((variable) => variable.name === name));
  },
  'ports have one name each': ({ container: { ports = [] } }) =>
    ports.every(({ name }) => name !== undefined) && new Set(ports.map(({ name }) => name)).size === ports.length,
};

export const podProblems = (workload: Workload, environment: Environment): readonly string[] =>
  Object.entries(RULES).flatMap(([rule, holds]) =>
    holds(workload, environment) ? [] : [`${workload.title}: not so: ${rule}`],
  );
