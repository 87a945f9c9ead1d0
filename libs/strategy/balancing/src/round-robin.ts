import type { Balancer, PickContext } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';
import { Roster, type Member } from './roster.ts';

/** A place in the ring; the ring's own head has no member and stands between last and first. */
class Link {
  previous: Link = this;
  next: Link = this;
  readonly member: Member | undefined;

  constructor(member: Member | undefined) {
    this.member = member;
  }
}

class Queued implements Member {
  endpoint: Endpoint;
  inFlight = 0;
  readonly link: Link;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
    this.link = new Link(this);
  }
}

/**
 * Each endpoint in turn: a queue whose first is picked and goes to the end.
 *
 * Newcomers join at the end and those that leave take nobody's turn with them, so between two picks of one endpoint no
 * other is picked twice, whoever comes and goes. An excluded endpoint keeps its place and is next for another request.
 */
class RoundRobin implements Balancer {
  readonly #roster = new Roster((endpoint) => new Queued(endpoint));
  readonly #head = new Link(undefined);

  /** Hot path: O(1) and a step for each excluded endpoint. */
  pick(context: PickContext): Endpoint | undefined {
    const { exclude } = context;
    for (let link = this.#head.next; link.member !== undefined; link = link.next) {
      const { endpoint } = link.member;
      if (exclude?.(endpoint) === true) continue;
      remove(link);
      this.#append(link);
      return endpoint;
    }
    return undefined;
  }

  update(endpoints: readonly Endpoint[]): void {
    const { joined, left } = this.#roster.update(endpoints);
    for (const member of left) remove(member.link);
    for (const member of joined) this.#append(member.link);
  }

  #append(link: Link): void {
    const last = this.#head.previous;
    link.previous = last;
    link.next = this.#head;
    last.next = link;
    this.#head.previous = link;
  }
}

function remove(link: Link): void {
  link.previous.next = link.next;
  link.next.previous = link.previous;
}

export function createRoundRobin(): Balancer {
  return new RoundRobin();
}
