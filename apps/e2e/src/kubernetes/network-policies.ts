import { NetworkPolicy, type INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { INetworkPolicyPeer } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer';
import type { INetworkPolicyPort } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicyPort';
import { called, type KubernetesObject } from './rendered.ts';
import type { Workload } from './workloads.ts';

type Labels = Readonly<Record<string, string>>;
type Selector = NonNullable<INetworkPolicyPeer['podSelector']>;

/** A pod, ours when `namespace` is absent; or what is no pod, of which nothing is known but that it has an address. */
export type Party = { readonly pod: Labels; readonly namespace?: Labels } | 'an address';

export interface Call {
  readonly from: Party;
  readonly to: Party;
  readonly port: number;
  readonly protocol?: 'TCP' | 'UDP';
}

export const policiesOf = (objects: readonly KubernetesObject[]): readonly INetworkPolicy[] =>
  objects.filter((object) => NetworkPolicy.is(object));

/**
 * Whether the policies of our namespace let a call pass, by the rules of networking.k8s.io/v1: a pod that no policy selects
 * may do everything, any other only what one of them allows; both sides have to.
 * @throws Error for a kind of rule that is not used here, such as an ipBlock
 */
export function passes(policies: readonly INetworkPolicy[], { from, to, port, protocol = 'TCP' }: Call): boolean {
  const isAllowed = (self: Party, other: Party, direction: 'Ingress' | 'Egress'): boolean => {
    if (self === 'an address' || self.namespace !== undefined) return true;
    const { pod } = self;
    const selecting = policies.filter(
      ({ spec }) => spec?.policyTypes?.includes(direction) === true && matches(spec.podSelector ?? {}, pod),
    );
    const rules = selecting.flatMap(({ spec }) =>
      direction === 'Ingress'
        ? (spec?.ingress ?? []).map(({ from: peers, ports }) => ({ peers, ports }))
        : (spec?.egress ?? []).map(({ to: peers, ports }) => ({ peers, ports })),
    );
    return (
      selecting.length === 0 ||
      rules.some(({ peers, ports }) => hasPeer(peers, other) && hasPort(ports, port, protocol))
    );
  };
  return isAllowed(from, to, 'Egress') && isAllowed(to, from, 'Ingress');
}

/** Policies that speak of nobody: they allow nothing, and look as if they did. */
export function idlePolicies(objects: readonly KubernetesObject[], workloads: readonly Workload[]): readonly string[] {
  const isSomebody = (selector: Selector): boolean => workloads.some(({ labels }) => matches(selector, labels));
  return objects
    .filter((object) => NetworkPolicy.is(object))
    .flatMap((policy) => {
      const { podSelector = {}, ingress = [], egress = [] } = policy.spec ?? {};
      const peers = [...ingress.flatMap(({ from = [] }) => from), ...egress.flatMap(({ to = [] }) => to)];
      const selectors = [
        podSelector,
        ...peers.flatMap((peer) => (peer.namespaceSelector ? [] : (peer.podSelector ?? []))),
      ];
      return selectors
        .filter((selector) => !isSomebody(selector))
        .map((selector) => `${called(policy)}: nobody is ${JSON.stringify(selector)}`);
    });
}

/** No list at all is everybody. */
function hasPeer(peers: readonly INetworkPolicyPeer[] | undefined, other: Party): boolean {
  if (peers === undefined || peers.length === 0) return true;
  return peers.some(({ podSelector = {}, namespaceSelector, ipBlock }) => {
    if (ipBlock !== undefined) throw new Error('an ipBlock: nothing here knows addresses');
    if (other === 'an address' || !matches(podSelector, other.pod)) return false;
    if (namespaceSelector === undefined) return other.namespace === undefined;
    return other.namespace !== undefined && matches(namespaceSelector, other.namespace);
  });
}

function hasPort(ports: readonly INetworkPolicyPort[] | undefined, port: number, protocol: string): boolean {
  if (ports === undefined || ports.length === 0) return true;
  return ports.some((allowed) => allowed.port === port && (allowed.protocol ?? 'TCP') === protocol);
}

function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator !== 'In') throw new Error(`${operator}: only In is used here`);
      return values.includes(labels[key] ?? '');
    })
  );
}
