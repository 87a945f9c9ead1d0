import type { Key, KeyValue, LeaseId, Revision } from '@portolan/kv';
import { UnreadableRecordError } from './errors.ts';
import type { InstanceName } from './catalog.ts';
import { HostRecords } from './host-records.ts';
import { instanceKey, parseKey } from './keys.ts';
import type { Check, CheckId, Health, Instance, InstanceId, Node, NodeName, ServiceName } from './model.ts';
import { HOSTS, hostTopic, SERVICES, serviceTopic, type Topic } from './topics.ts';
import { readCheck, readInstance, readNode } from './stored-values.ts';

/** An instance with what an explanation needs beside it. Never changes; the same object until something in it does. */
export interface KnownInstance {
  readonly instance: Instance;
  readonly lease: LeaseId | undefined;
  /** Of the registration alone. */
  readonly registeredAt: Revision;
  readonly checks: readonly KnownCheck[];
}

export interface KnownCheck {
  readonly check: Check;
  readonly changedAt: Revision;
}

interface InstanceKeys {
  registration: KeyValue | undefined;
  readonly checks: Map<CheckId, KeyValue>;
  /** undefined: to be put together again. */
  known: KnownInstance | undefined;
}

interface ServiceKeys {
  readonly instances: Map<InstanceId, InstanceKeys>;
  /** By id; undefined: to be put together again. */
  known: readonly KnownInstance[] | undefined;
}

/** The catalog at one revision, put together from its keys. */
export class CatalogRecords {
  readonly #services = new Map<ServiceName, ServiceKeys>();
  readonly #nodes = new Map<NodeName, KeyValue>();
  readonly hosts = new HostRecords();

  static of(keyValues: Iterable<KeyValue>): CatalogRecords {
    const records = new CatalogRecords();
    for (const keyValue of keyValues) records.put(keyValue);
    return records;
  }

  /** @returns what it changes */
  put(keyValue: KeyValue): readonly Topic[] {
    const parsed = parseKey(keyValue.key);
    if (parsed === undefined) return [];
    const hosts = this.hosts.put(parsed, keyValue);
    if (parsed.kind === 'node') this.#nodes.set(parsed.name, keyValue);
    if (parsed.kind !== 'instance' && parsed.kind !== 'check') return topics(undefined, hosts);
    const keys = this.#keysOf(parsed.service, parsed.instanceId);
    if (parsed.kind === 'instance') keys.registration = keyValue;
    else keys.checks.set(parsed.checkId, keyValue);
    keys.known = undefined;
    return topics(parsed.service, parsed.kind === 'check' ? this.#hostsOf(parsed) : hosts);
  }

  /** @returns what it changes */
  delete(key: Key): readonly Topic[] {
    const parsed = parseKey(key);
    if (parsed === undefined) return [];
    const hosts = this.hosts.delete(parsed, key);
    if (parsed.kind === 'node') this.#nodes.delete(parsed.name);
    if (parsed.kind !== 'instance' && parsed.kind !== 'check') return topics(undefined, hosts);
    const { service, instanceId } = parsed;
    const keys = this.#keysOf(service, instanceId);
    if (parsed.kind === 'instance') keys.registration = undefined;
    else keys.checks.delete(parsed.checkId);
    keys.known = undefined;
    const instances = this.#services.get(service)?.instances;
    if (keys.registration === undefined && keys.checks.size === 0) instances?.delete(instanceId);
    if (instances?.size === 0) this.#services.delete(service);
    return topics(service, parsed.kind === 'check' ? this.#hostsOf(parsed) : hosts);
  }

  #hostsOf(name: InstanceName): readonly NodeName[] {
    const host = this.hosts.hostOf(instanceKey(name));
    return host === undefined ? [] : [host];
  }

  /** By id. @throws UnreadableRecordError */
  instancesOf(service: ServiceName): readonly KnownInstance[] {
    const keys = this.#services.get(service);
    if (keys === undefined) return [];
    return (keys.known ??= [...keys.instances.values()]
      .map(known)
      .filter((one) => one !== undefined)
      .sort((a, b) => (a.instance.registration.id < b.instance.registration.id ? -1 : 1)));
  }

  /** @throws UnreadableRecordError */
  instance(service: ServiceName, id: InstanceId): KnownInstance | undefined {
    const keys = this.#services.get(service)?.instances.get(id);
    return keys === undefined ? undefined : known(keys);
  }

  /** By name; also those of which only checks are left. */
  serviceNames(): readonly ServiceName[] {
    return [...this.#services.keys()].sort();
  }

  hasNode(name: NodeName): boolean {
    return this.#nodes.has(name);
  }

  /** By name. @throws UnreadableRecordError */
  nodes(): readonly Node[] {
    return [...this.#nodes.values()].map(readNode).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Of one instance that is about to change. */
  #keysOf(service: ServiceName, id: InstanceId): InstanceKeys {
    let inService = this.#services.get(service);
    if (inService === undefined) {
      this.#services.set(service, (inService = { instances: new Map<InstanceId, InstanceKeys>(), known: undefined }));
    }
    inService.known = undefined;
    let keys = inService.instances.get(id);
    if (keys === undefined) {
      keys = { registration: undefined, checks: new Map<CheckId, KeyValue>(), known: undefined };
      inService.instances.set(id, keys);
    }
    return keys;
  }
}

function topics(service: ServiceName | undefined, hosts: readonly NodeName[]): readonly Topic[] {
  return [
    ...(service === undefined ? [] : [serviceTopic(service), SERVICES]),
    ...hosts.map(hostTopic),
    ...(hosts.length === 0 ? [] : [HOSTS]),
  ];
}

/** The same object until something in it changes. */
function known(keys: InstanceKeys): KnownInstance | undefined {
  return (keys.known ??= assemble(keys));
}

/** @returns undefined for checks without an instance: what a takeover by an older version may leave */
function assemble({ registration: stored, checks: storedChecks }: InstanceKeys): KnownInstance | undefined {
  if (stored === undefined) return undefined;
  const { registration, owner } = readInstance(stored);
  const path = `instances/${registration.service}/${registration.id}`;
  if (stored.key !== path) throw new UnreadableRecordError(stored.key, `it says it is ${path}`);
  const checks = [...storedChecks.values()]
    .map((keyValue): KnownCheck => ({ check: readCheck(keyValue), changedAt: keyValue.modRevision }))
    .sort((a, b) => (a.check.id < b.check.id ? -1 : 1));
  const instance: Instance = {
    registration,
    owner,
    checks: checks.map(({ check }) => check),
    health: worst(checks.map(({ check }) => check.status)),
    createRevision: stored.createRevision,
    modRevision: checks.reduce(
      (newest, { changedAt }) => (changedAt > newest ? changedAt : newest),
      stored.modRevision,
    ),
  };
  return { instance, lease: stored.lease, registeredAt: stored.modRevision, checks };
}

function worst(statuses: readonly Health[]): Health {
  if (statuses.includes('critical')) return 'critical';
  return statuses.includes('warning') ? 'warning' : 'passing';
}
