import type { Balancer, PickContext } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';
import { IndexedHeap, type HeapItem } from './indexed-heap.ts';
import { Roster, type Member } from './roster.ts';

interface Counted extends Member, HeapItem {
  /** Number of its last pick, or of its joining: decides ties, which makes them a round robin. */
  turn: number;
}

/** Fewest requests in flight; among equals the one that was picked longest ago, which is round robin (nginx, HAProxy). */
class LeastConnections implements Balancer {
  readonly #roster = new Roster<Counted>((endpoint) => ({ endpoint, inFlight: 0, turn: 0, position: -1 }));
  readonly #heap = new IndexedHeap<Counted>((first, second) =>
    first.inFlight === second.inFlight ? first.turn < second.turn : first.inFlight < second.inFlight,
  );
  #turn = 0;

  /** Hot path: O(log n) and two steps for each excluded endpoint. */
  pick(context: PickContext): Endpoint | undefined {
    let member = this.#heap.first();
    const { exclude } = context;
    if (member !== undefined && exclude?.(member.endpoint) === true) {
      // A retry: rare, so the closure is worth its plainness.
      member = this.#heap.firstExcept(({ endpoint }) => exclude(endpoint));
    }
    if (member === undefined) return undefined;
    this.#takeTurn(member);
    this.#heap.moved(member);
    return member.endpoint;
  }

  onStart(endpoint: Endpoint): void {
    const member = this.#roster.start(endpoint);
    if (member !== undefined) this.#heap.moved(member);
  }

  onEnd(endpoint: Endpoint): void {
    const member = this.#roster.end(endpoint);
    if (member !== undefined) this.#heap.moved(member);
  }

  update(endpoints: readonly Endpoint[]): void {
    const { joined, left } = this.#roster.update(endpoints);
    for (const member of left) this.#heap.remove(member);
    for (const member of joined) {
      this.#takeTurn(member);
      this.#heap.push(member);
    }
  }

  #takeTurn(member: Counted): void {
    this.#turn += 1;
    member.turn = this.#turn;
  }
}

export function createLeastConnections(): Balancer {
  return new LeastConnections();
}
