import type { V1Endpoint, V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import { checkRegistration } from '@portolan/catalog';
import type { SourceEntry } from '../../source.ts';

/** Annotations of a Service that say how it is registered begin so. */
export const ANNOTATION = 'portolan/';

/** Which Service a slice belongs to, by the API's own label. */
export const SERVICE_NAME = 'kubernetes.io/service-name';

/** Of the cluster itself. */
const SYSTEM_NAMESPACES = new Set(['kube-system', 'kube-public', 'kube-node-lease']);

/**
 * The endpoints of one slice, of the Service that it belongs to. A Service of the namespace `default` has its own name,
 * others `<name>.<namespace>`, unless the annotation `portolan/service` says otherwise.
 * @param service undefined: it is gone, or not known yet
 * @throws InvalidRegistrationError for annotations that cannot be
 */
export function sliceEntries(slice: V1EndpointSlice, service: V1Service | undefined): readonly SourceEntry[] {
  const name = service?.metadata?.name;
  const namespace = service?.metadata?.namespace ?? 'default';
  const annotations = service?.metadata?.annotations ?? {};
  if (name === undefined || slice.metadata?.labels?.[SERVICE_NAME] !== name) return [];
  if (SYSTEM_NAMESPACES.has(namespace) || annotations[`${ANNOTATION}ignore`] === 'true') return [];
  const ports = portsOf(slice);
  if (ports.length === 0) return [];
  const shared = {
    service: annotations[`${ANNOTATION}service`] ?? (namespace === 'default' ? name : `${name}.${namespace}`),
    ports,
    tags: (annotations[`${ANNOTATION}tags`] ?? '')
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
  };
  const said = metadataOf(annotations);
  return (slice.endpoints ?? []).flatMap((endpoint): readonly SourceEntry[] => {
    const [address] = endpoint.addresses;
    if (address === undefined) return [];
    const pod = endpoint.targetRef?.name ?? address;
    const id = `${namespace}.${pod}.${name}`.slice(0, 128);
    const where = endpoint.zone === undefined ? {} : { zone: endpoint.zone };
    return [
      {
        registration: checkRegistration({ ...shared, id, address, metadata: { ...where, ...said } }),
        checks: [],
        health: healthOf(endpoint),
      },
    ];
  });
}

/** Only TCP is called; a port without a name is the only one. */
function portsOf({ ports = [] }: V1EndpointSlice): readonly { readonly name: string; readonly number: number }[] {
  return ports.flatMap(({ name, port, protocol = 'TCP' }) =>
    port === undefined || protocol !== 'TCP'
      ? []
      : [{ name: name === undefined || name === '' ? 'http' : name, number: port }],
  );
}

/** `ready` unset means ready (EndpointConditions); a pod that ends is no longer asked. */
function healthOf({ conditions }: V1Endpoint): SourceEntry['health'] {
  if (conditions?.terminating === true) return { status: 'critical', output: 'the pod is terminating' };
  if (conditions?.ready === false) return { status: 'critical', output: 'the pod is not ready' };
  return { status: 'passing', output: 'the pod is ready' };
}

function metadataOf(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const prefix = `${ANNOTATION}meta.`;
  return Object.fromEntries(
    Object.entries(annotations)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}
