import type { Endpoint } from './endpoint.ts';

/** What a strategy keeps about an endpoint. */
export interface Tracked {
  endpoint: Endpoint;
}

/** The endpoints of one balancer with what it learned of each: dense for picks, by id for outcomes. */
export class TrackedSet<Entry extends Tracked> {
  entries: readonly Entry[] = [];
  readonly #byId = new Map<string, Entry>();
  readonly #learn: (endpoint: Endpoint) => Entry;

  /** @param learn makes the entry of an endpoint that is new */
  constructor(learn: (endpoint: Endpoint) => Entry) {
    this.#learn = learn;
  }

  find(endpoint: Endpoint): Entry | undefined {
    return this.#byId.get(endpoint.id);
  }

  /** Entries that stay keep their order and what they know; new ones follow. */
  update(endpoints: readonly Endpoint[]): void {
    const wanted = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
    const stay: Entry[] = [];
    for (const entry of this.entries) {
      const endpoint = wanted.get(entry.endpoint.id);
      if (endpoint === undefined) {
        this.#byId.delete(entry.endpoint.id);
        continue;
      }
      entry.endpoint = endpoint;
      wanted.delete(endpoint.id);
      stay.push(entry);
    }
    for (const endpoint of wanted.values()) {
      const entry = this.#learn(endpoint);
      this.#byId.set(endpoint.id, entry);
      stay.push(entry);
    }
    this.entries = stay;
  }
}
