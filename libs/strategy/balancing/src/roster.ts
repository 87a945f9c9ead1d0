import type { Endpoint } from './endpoint.ts';

/** What a strategy knows about one endpoint; a strategy adds its own fields. */
export interface Member {
  endpoint: Endpoint;
  /** Requests that have started and not ended. */
  inFlight: number;
}

export interface RosterChange<Known> {
  /** All endpoints of now, in the order given. */
  readonly members: readonly Known[];
  readonly joined: readonly Known[];
  readonly left: readonly Known[];
}

/**
 * Who is there, by id in O(1), with what a strategy knows about each.
 *
 * An endpoint that leaves while requests are in flight is remembered until the last of them ends, so that one that
 * comes back has its true count. That bounds the memory by the requests in flight.
 */
export class Roster<Known extends Member> {
  readonly #create: (endpoint: Endpoint) => Known;
  #present = new Map<string, Known>();
  readonly #departed = new Map<string, Known>();

  constructor(create: (endpoint: Endpoint) => Known) {
    this.#create = create;
  }

  /** Counts a request that starts; undefined when the endpoint is not there, or not any more. */
  start(endpoint: Endpoint): Known | undefined {
    const member = this.present(endpoint);
    if (member !== undefined) member.inFlight += 1;
    return member;
  }

  /** Counts a request that ends; undefined when the endpoint is not there, or not any more. */
  end(endpoint: Endpoint): Known | undefined {
    const member = this.present(endpoint);
    if (member !== undefined) {
      // Zero when the request started before the endpoint was known.
      if (member.inFlight > 0) member.inFlight -= 1;
      return member;
    }
    const departed = sameAddress(this.#departed.get(endpoint.id), endpoint);
    if (departed !== undefined) {
      departed.inFlight -= 1;
      if (departed.inFlight === 0) this.#departed.delete(endpoint.id);
    }
    return undefined;
  }

  present(endpoint: Endpoint): Known | undefined {
    return sameAddress(this.#present.get(endpoint.id), endpoint);
  }

  /** Endpoints that have left and still have requests in flight. */
  get departing(): number {
    return this.#departed.size;
  }

  update(endpoints: readonly Endpoint[]): RosterChange<Known> {
    const before = this.#present;
    const after = new Map<string, Known>();
    const joined: Known[] = [];
    for (const endpoint of endpoints) {
      if (after.has(endpoint.id)) continue;
      const stays = sameAddress(before.get(endpoint.id), endpoint);
      const member = stays ?? sameAddress(this.#departed.get(endpoint.id), endpoint) ?? this.#create(endpoint);
      member.endpoint = endpoint;
      after.set(endpoint.id, member);
      this.#departed.delete(endpoint.id);
      if (stays === undefined) joined.push(member);
    }
    const left: Known[] = [];
    for (const [id, member] of before) {
      const now = after.get(id);
      if (now === member) continue;
      left.push(member);
      if (now === undefined && member.inFlight > 0) this.#departed.set(id, member);
    }
    this.#present = after;
    return { members: [...after.values()], joined, left };
  }
}

function sameAddress<Known extends Member>(member: Known | undefined, endpoint: Endpoint): Known | undefined {
  return member?.endpoint.address === endpoint.address ? member : undefined;
}
