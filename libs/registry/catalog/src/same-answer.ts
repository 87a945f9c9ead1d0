import type { HostView, Instance, Resolution, ServiceList, ServiceSummary } from './model.ts';

/** Whether a reader of the one learns nothing from the other; the revision they were computed at aside. */
export function sameResolution(a: Resolution, b: Resolution): boolean {
  return (
    a.incarnation === b.incarnation &&
    (a.instances === b.instances ||
      (a.instances.length === b.instances.length &&
        a.instances.every((instance, index) => sameInstance(instance, b.instances[index]))))
  );
}

export function sameServices(a: ServiceList, b: ServiceList): boolean {
  return (
    a.incarnation === b.incarnation &&
    a.services.length === b.services.length &&
    a.services.every((summary, index) => sameSummary(summary, b.services[index]))
  );
}

export function sameHostView(a: HostView, b: HostView): boolean {
  return (
    a.incarnation === b.incarnation &&
    a.instances.length === b.instances.length &&
    a.instances.every((instance, index) => sameInstance(instance, b.instances[index])) &&
    JSON.stringify(a.evictions) === JSON.stringify(b.evictions)
  );
}

/**
 * Within one incarnation these four say it all: a write raises the revision past everything before, and a check that is
 * removed is one less.
 */
function sameInstance(a: Instance, b: Instance | undefined): boolean {
  return (
    a === b ||
    (a.registration.id === b?.registration.id &&
      a.createRevision === b.createRevision &&
      a.modRevision === b.modRevision &&
      a.checks.length === b.checks.length)
  );
}

function sameSummary(a: ServiceSummary, b: ServiceSummary | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
