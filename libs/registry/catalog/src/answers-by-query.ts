import { SHARED_ANSWERS_MAX } from './limits.ts';
import type { Instance, Query, Resolution } from './model.ts';
import type { Known } from './catalog-index.ts';
import type { KnownInstance } from './records.ts';
import { resolve } from './resolve.ts';

/**
 * Answers from memory. Those who ask the same of a service that has not changed share one: a hundred watchers cost one
 * computation with each change.
 */
export class AnswersByQuery {
  /** By the list of the service's instances, which is another object after each change. */
  readonly #answers = new WeakMap<readonly KnownInstance[], Map<string, readonly Instance[]>>();

  answer({ records, at }: Known, query: Query): Resolution {
    const known = records.instancesOf(query.service);
    let answers = this.#answers.get(known);
    if (answers === undefined) this.#answers.set(known, (answers = new Map<string, readonly Instance[]>()));
    const { portName, tags, metadata, includeUnhealthy } = query;
    const asked = JSON.stringify([portName, tags, metadata, includeUnhealthy]);
    const { incarnation, revision } = at;
    let instances = answers.get(asked);
    if (instances === undefined) {
      ({ instances } = resolve(known, query, at, false));
      if (answers.size < SHARED_ANSWERS_MAX) answers.set(asked, instances);
    }
    return { incarnation, revision, instances, verdicts: [] };
  }
}
