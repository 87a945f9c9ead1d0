import type { Key, KeyValue } from '@portolan/kv';
import type { InstanceName } from './catalog.ts';
import { UnreadableRecordError } from './errors.ts';
import type { CatalogKey } from './keys.ts';
import type { Eviction, NodeName } from './model.ts';
import { readEviction, readInstance } from './stored-values.ts';

/** Of one host. */
interface Host {
  readonly instances: Map<Key, InstanceName>;
  readonly evictions: Map<Key, Eviction>;
  present: boolean;
}

/** What belongs to the agents of hosts, by host. */
export class HostRecords {
  readonly #hosts = new Map<NodeName, Host>();
  /** Of keys under `instances/` and `evictions/`: a deletion does not say whose it was. */
  readonly #hostOf = new Map<Key, NodeName>();

  /** @returns the hosts that it changes */
  put(parsed: CatalogKey, keyValue: KeyValue): readonly NodeName[] {
    const { key } = keyValue;
    if (parsed.kind === 'node') return [];
    if (parsed.kind === 'host') {
      this.#hostOrNew(parsed.name).present = true;
      return [parsed.name];
    }
    const before = this.#hostOf.get(key);
    if (parsed.kind === 'check') return [];
    const left = before === undefined ? [] : this.#forget(key, before);
    const eviction = parsed.kind === 'eviction' ? readable(() => readEviction(keyValue)) : undefined;
    const node = parsed.kind === 'eviction' ? eviction?.node : agentOf(keyValue);
    if (node === undefined) return left;
    this.#hostOf.set(key, node);
    const host = this.#hostOrNew(node);
    if (eviction === undefined) host.instances.set(key, parsed);
    else host.evictions.set(key, eviction);
    return [...left, node];
  }

  /** @returns the hosts that it changes */
  delete(parsed: CatalogKey, key: Key): readonly NodeName[] {
    if (parsed.kind === 'host') {
      const host = this.#hosts.get(parsed.name);
      if (host === undefined) return [];
      host.present = false;
      this.#dropIfEmpty(parsed.name, host);
      return [parsed.name];
    }
    const node = this.#hostOf.get(key);
    return node === undefined ? [] : this.#forget(key, node);
  }

  /** Whose agent registered the instance under this key. */
  hostOf(instanceKey: Key): NodeName | undefined {
    return this.#hostOf.get(instanceKey);
  }

  /** Whether an agent speaks for it now. */
  isPresent(name: NodeName): boolean {
    return this.#hosts.get(name)?.present === true;
  }

  instancesOn(name: NodeName): readonly InstanceName[] {
    return [...(this.#hosts.get(name)?.instances.values() ?? [])];
  }

  evictionsOn(name: NodeName): readonly Eviction[] {
    return [...(this.#hosts.get(name)?.evictions.values() ?? [])];
  }

  /** Those with instances, and no agent that speaks for them. */
  absent(): readonly NodeName[] {
    return [...this.#hosts]
      .filter(([, { present, instances }]) => !present && instances.size > 0)
      .map(([name]) => name);
  }

  #hostOrNew(name: NodeName): Host {
    let host = this.#hosts.get(name);
    if (host === undefined) {
      host = { instances: new Map<Key, InstanceName>(), evictions: new Map<Key, Eviction>(), present: false };
      this.#hosts.set(name, host);
    }
    return host;
  }

  #forget(key: Key, name: NodeName): readonly NodeName[] {
    this.#hostOf.delete(key);
    const host = this.#hosts.get(name);
    if (host === undefined) return [];
    host.instances.delete(key);
    host.evictions.delete(key);
    this.#dropIfEmpty(name, host);
    return [name];
  }

  #dropIfEmpty(name: NodeName, { present, instances, evictions }: Host): void {
    if (!present && instances.size === 0 && evictions.size === 0) this.#hosts.delete(name);
  }
}

/** Under a lease is what processes register themselves: no need to read it. */
function agentOf(keyValue: KeyValue): NodeName | undefined {
  if (keyValue.lease !== undefined) return undefined;
  const owner = readable(() => readInstance(keyValue).owner);
  return owner?.kind === 'agent' ? owner.node : undefined;
}

/** A newer version's record must not stop the index: whoever asks for it is told. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableRecordError) return undefined;
    throw error;
  }
}
