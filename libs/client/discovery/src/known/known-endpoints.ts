import type { Endpoint } from '@portolan/balancing';
import type { ServiceEndpoints } from '../discovery.ts';
import type { Answer, KnownItems } from './known-items.ts';
import type { KnownService } from './known-service.ts';

/** What is known of one service's port, in the words of `Discovery`. */
export class KnownEndpoints implements KnownService {
  readonly #items: KnownItems<Endpoint>;
  /** The last translation, so that the same answer is the same object. */
  #last: { readonly of: Answer<Endpoint>; readonly as: ServiceEndpoints } | undefined;

  constructor(items: KnownItems<Endpoint>) {
    this.#items = items;
  }

  current(): ServiceEndpoints | undefined {
    const answer = this.#items.current();
    if (answer === undefined) return undefined;
    if (this.#last?.of !== answer) this.#last = { of: answer, as: serviceEndpoints(answer) };
    return this.#last.as;
  }

  subscribe(onChange: () => void): () => void {
    return this.#items.subscribe(onChange);
  }

  async known(signal: AbortSignal): Promise<ServiceEndpoints> {
    return serviceEndpoints(await this.#items.known(signal));
  }
}

export function serviceEndpoints({ items, revision, incarnation }: Answer<Endpoint>): ServiceEndpoints {
  return { endpoints: items, revision, incarnation };
}
