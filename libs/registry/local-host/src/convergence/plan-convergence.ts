import {
  NODE_CHECK,
  type Check,
  type HostView,
  type Instance,
  type InstanceName,
  type NodeName,
  type Registration,
} from '@portolan/catalog';
import type { DesiredInstance } from '../model.ts';

/** One thing to do until the catalog has what the host has. */
export type ConvergenceStep =
  /** An operator removed it: the host forgets it, then says so. */
  | { readonly kind: 'forget'; readonly instance: InstanceName; readonly principal: string }
  | { readonly kind: 'register'; readonly desired: DesiredInstance }
  | { readonly kind: 'report'; readonly instance: InstanceName; readonly check: Check }
  | { readonly kind: 'deregister'; readonly instance: InstanceName };

/** What tells the catalog of a host from what it should be; empty when nothing does. */
export function planConvergence(
  desired: readonly DesiredInstance[],
  view: HostView,
  node: NodeName,
): readonly ConvergenceStep[] {
  const evicted = new Set(view.evictions.map(nameKey));
  const had = new Map(view.instances.map((instance) => [nameKey(nameOf(instance.registration)), instance]));
  const steps: ConvergenceStep[] = view.evictions.map(({ service, instanceId, principal }) => ({
    kind: 'forget',
    instance: { service, instanceId },
    principal,
  }));
  for (const one of desired) {
    const key = nameKey(nameOf(one.registration));
    const before = had.get(key);
    had.delete(key);
    if (!evicted.has(key)) steps.push(...towards(one, before, node));
  }
  for (const { registration } of had.values()) steps.push({ kind: 'deregister', instance: nameOf(registration) });
  return steps;
}

function towards(desired: DesiredInstance, before: Instance | undefined, node: NodeName): readonly ConvergenceStep[] {
  if (before === undefined) return [{ kind: 'register', desired }];
  const known = new Map(before.checks.map((check) => [check.id, check]));
  known.delete(NODE_CHECK);
  const sameChecks = known.size === desired.checks.length && desired.checks.every(({ id }) => known.has(id));
  if (!sameChecks || !isSameRegistration({ ...desired.registration, node }, before.registration)) {
    return [{ kind: 'register', desired }];
  }
  const instance = nameOf(desired.registration);
  return desired.checks
    .filter(({ id, status }) => known.get(id)?.status !== status)
    .map((check) => ({ kind: 'report', instance, check }));
}

function isSameRegistration(a: Registration, b: Registration): boolean {
  return JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));
}

const ordered = ({ service, id, node, address, ports, tags, metadata, weight }: Registration): readonly unknown[] => [
  ...[service, id, node, address, weight, tags],
  ports.map(({ name, number }) => [name, number]),
  Object.entries(metadata).sort(([one], [other]) => (one < other ? -1 : 1)),
];

const nameOf = ({ service, id }: Registration): InstanceName => ({ service, instanceId: id });
export const nameKey = ({ service, instanceId }: InstanceName): string => `${service}/${instanceId}`;
