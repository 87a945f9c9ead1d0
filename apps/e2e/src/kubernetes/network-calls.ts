import { passes, policiesOf, type Call, type Party } from './network-policies.ts';
import type { KubernetesObject } from './rendered.ts';
import type { Workload } from './workloads.ts';

/** Who calls whom: `from → to:port`. The rest is refused; what is not in an overlay is not looked at. */
const CALLS: readonly string[] = [
  ...['agent', 'registrar', 'gateway', 'bff-web', 'bff-mobile', 'demo-inventory', 'demo-orders'].map(
    (name) => `${name} → registry:8502`,
  ),
  'registry → registry:2380',
  ...['demo-products', 'demo-reviews'].map((name) => `${name} → agent:7502`),
  'gateway → bff-web:4001',
  'gateway → bff-mobile:4002',
  ...['bff-web', 'bff-mobile'].flatMap((name) =>
    ['products', 'inventory', 'reviews', 'orders'].map((service) => `${name} → demo-${service}:5000`),
  ),
  'demo-orders → demo-products:5000',
  'demo-orders → demo-inventory:5000',
  ...['bff-web', 'bff-mobile'].map((name) => `${name} → redis:6379`),
  ...['registry', 'bff-web', 'demo-orders'].map((name) => `${name} → rabbitmq:5672`),
  // From and to elsewhere.
  'clients → gateway:8080',
  'registrar → an address:443',
  'registrar → an address:6443',
  ...['registry:8502', 'agent:7502', 'agent:7500', 'gateway:8080'].map((called) => `a joined namespace → ${called}`),
  'a stranger namespace → gateway:8080',
  'gateway → a joined namespace:3000',
  'agent → a joined namespace:3000',
];

/** Where they are no pods of ours. */
const STORES_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'redis:6379': ['an address:6379'],
  'rabbitmq:5672': ['an address:5671', 'an address:5672'],
};

const NAMES: Named = {
  name: 'names',
  party: { pod: { 'k8s-app': 'kube-dns' }, namespace: { 'kubernetes.io/metadata.name': 'kube-system' } },
};
const JOINED: Party = { pod: { app: 'erp' }, namespace: { 'portolan/joined': 'true' } };
const STRANGER: Party = { pod: { app: 'erp' }, namespace: { 'kubernetes.io/metadata.name': 'strangers' } };

const CALLERS_ELSEWHERE: readonly Named[] = [
  { name: 'clients', party: 'an address' },
  { name: 'a joined namespace', party: JOINED },
  { name: 'a stranger namespace', party: STRANGER },
];
const CALLED_ELSEWHERE: readonly Called[] = [
  { name: 'an address', party: 'an address', ports: [80, 443, 5_671, 5_672, 6_379, 6_443] },
  { name: 'a joined namespace', party: JOINED, ports: [3_000] },
  { name: 'a stranger namespace', party: STRANGER, ports: [3_000] },
];

interface Named {
  readonly name: string;
  readonly party: Party;
}
interface Called extends Named {
  readonly ports: readonly number[];
}
interface Described {
  readonly title: string;
  readonly call: Call;
}

/** Every call that could be made, held against those that are. */
export function callProblems(objects: readonly KubernetesObject[], workloads: readonly Workload[]): readonly string[] {
  const policies = policiesOf(objects);
  const ours = workloads.map(({ name, labels, container }): Called => ({
    name,
    party: { pod: labels },
    ports: (container.ports ?? []).map(({ containerPort }) => containerPort),
  }));
  const wanted = new Set(CALLS.flatMap((title) => elsewhereIfNotOurs(title, ours)));
  const possible = [
    ...ours.flatMap((from) => [...ours, ...CALLED_ELSEWHERE].flatMap((to) => described(from, to))),
    ...CALLERS_ELSEWHERE.flatMap((from) => ours.flatMap((to) => described(from, to))),
  ];
  const names = (['TCP', 'UDP'] as const).flatMap((protocol) =>
    ours.flatMap((from) => described(from, { ...NAMES, ports: [53] }, protocol)),
  );
  return [
    ...names.filter(({ call }) => !passes(policies, call)).map(({ title }) => `${title} does not pass`),
    ...possible.flatMap(({ title, call }) => {
      const isAllowed = passes(policies, call);
      if (isAllowed === wanted.has(title)) return [];
      return [`${title} ${isAllowed ? 'passes' : 'does not pass'}`];
    }),
  ];
}

function elsewhereIfNotOurs(title: string, ours: readonly Called[]): readonly string[] {
  const [from = '', to = ''] = title.split(' → ');
  const places = STORES_ELSEWHERE[to];
  if (places === undefined || ours.some(({ name }) => to.startsWith(`${name}:`))) return [title];
  return places.map((place) => `${from} → ${place}`);
}

/** At each port that it has: ops ports are among ours. */
const described = (from: Named, to: Called, protocol: 'TCP' | 'UDP' = 'TCP'): readonly Described[] =>
  to.ports.map((port) => ({
    title: `${from.name} → ${to.name}:${port}`,
    call: { from: from.party, to: to.party, port, protocol },
  }));
