import { assert } from '@portolan/kernel';
import type { Entry } from '../entry.ts';
import { NO_INDEX, type LogIndex } from '../ids.ts';

/** A state machine that remembers in one number everything it has applied: two are equal when all that they were given was. */
export interface State {
  readonly index: LogIndex;
  readonly digest: number;
}

export const NOTHING_APPLIED: State = { index: NO_INDEX, digest: 0x811c9dc5 };

export function apply(state: State, entry: Entry): State {
  assert(entry.index === state.index + 1, 'entries are applied in order, each once');
  return { index: entry.index, digest: digestOf(entry, state.digest) };
}

/** FNV-1a of everything that an entry says. @param start what is digested before it */
export function digestOf(entry: Entry, start: number): number {
  let digest = start;
  const add = (value: number): void => {
    digest = Math.imul(digest ^ value, 0x01000193) >>> 0;
  };
  add(entry.index);
  add(entry.term);
  const bytes = entry.kind === 'command' ? entry.data : entry.kind === 'configuration' ? entry.context : [];
  for (const byte of bytes) add(byte);
  if (entry.kind === 'configuration') {
    const { voters, outgoing, learners, learnersNext } = entry.configuration;
    for (const set of [voters, outgoing, learners, learnersNext]) {
      add(set.length);
      for (const id of set) add(Number(id));
    }
  }
  return digest;
}
