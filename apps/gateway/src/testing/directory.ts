import type { Endpoint } from '@portolan/balancing';
import type { Staleness } from '@portolan/discovery';
import type { KnownEndpoints, ServiceDirectory, ServiceSummary } from '../control/service-directory.ts';

/** What is known of the services, as the test says. */
export class Directory implements ServiceDirectory {
  fresh: Staleness = { source: 'live', ageMs: 0 };
  /** `service/port` of every question that somebody follows. */
  readonly followed = new Set<string>();
  readonly #endpoints = new Map<string, readonly Endpoint[]>();
  readonly #followers = new Map<string, Set<() => void>>();
  readonly #lists: { readonly services: readonly ServiceSummary[] }[] = [];
  #wake: () => void = () => undefined;
  #failure: Error | undefined;

  /** The instances of a service, by id and `host:port`. */
  set(service: string, endpoints: Readonly<Record<string, string>>, portName = 'http'): void {
    const key = `${service}/${portName}`;
    this.#endpoints.set(
      key,
      Object.entries(endpoints).map(([id, address]) => ({ id, address, service, weight: 100, metadata: {} })),
    );
    for (const onChange of this.#followers.get(key) ?? []) onChange();
  }

  /** The list of services is another one. */
  list(...services: readonly ServiceSummary[]): void {
    this.#lists.push({ services });
    this.#wake();
  }

  failLists(error: Error): void {
    this.#failure = error;
    this.#wake();
  }

  endpoints(service: string, { portName }: { readonly portName: string }): KnownEndpoints {
    const key = `${service}/${portName}`;
    return {
      current: () => this.#endpoints.get(key) ?? [],
      subscribe: (onChange) => {
        const followers = this.#followers.get(key) ?? new Set();
        this.#followers.set(key, followers.add(onChange));
        this.followed.add(key);
        return () => {
          followers.delete(onChange);
          if (followers.size === 0) this.followed.delete(key);
        };
      },
    };
  }

  async *watchServices(signal: AbortSignal): AsyncIterable<{ readonly services: readonly ServiceSummary[] }> {
    signal.addEventListener('abort', () => {
      this.#wake();
    });
    while (!signal.aborted) {
      if (this.#failure !== undefined) throw this.#failure;
      const next = this.#lists.shift();
      if (next !== undefined) yield next;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  staleness(): Staleness {
    return this.fresh;
  }
}
