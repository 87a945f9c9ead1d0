import type { Endpoint } from '@portolan/balancing';
import type { Instance, Resolution, ServiceList } from '@portolan/contracts/catalog';
import { checkedInteger } from '@portolan/kernel';
import type { ServiceSummary } from '../discovery.ts';
import type { Answer } from '../known/known-items.ts';

/** What a registration that says nothing weighs. */
const DEFAULT_WEIGHT = 100;

/** @throws UnsafeIntegerError */
export function decodeResolution(resolution: Resolution, portName: string): Answer<Endpoint> {
  return {
    items: resolution.instances.flatMap((instance) => endpointOf(instance, portName) ?? []),
    revision: checkedInteger(resolution.revision, 'revision'),
    incarnation: resolution.incarnation,
  };
}

/** @throws UnsafeIntegerError */
export function decodeServices(list: ServiceList): Answer<ServiceSummary> {
  return {
    items: list.services.map(({ name, instances, healthy, metadata, portNames }) => ({
      name,
      instances,
      healthy,
      metadata,
      portNames,
    })),
    revision: checkedInteger(list.revision, 'revision'),
    incarnation: list.incarnation,
  };
}

/** @returns undefined when it has no such port */
function endpointOf({ registration }: Instance, portName: string): Endpoint | undefined {
  const port = registration?.ports.find(({ name }) => name === portName);
  if (registration === undefined || port === undefined) return undefined;
  const { id, service, address, weight, metadata } = registration;
  const host = address.includes(':') ? `[${address}]` : address;
  return {
    id,
    service,
    address: `${host}:${port.number}`,
    weight: weight === 0 ? DEFAULT_WEIGHT : weight,
    metadata,
  };
}
