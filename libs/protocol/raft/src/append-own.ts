import type { Core } from './core.ts';
import { entryBytes, type CommandEntry, type ConfigurationEntry, type EmptyEntry, type Entry } from './entry.ts';
import { logIndex, type LogIndex } from './ids.ts';
import type { Leader } from './leader.ts';

type Placed<E> = E extends Entry ? Omit<E, 'index' | 'term'> : never;

/** Adds an entry of this leader to its log; it leaves with the next `ready`, with all others of this loop. */
export function appendOwn(
  core: Core,
  leader: Leader,
  content: Placed<EmptyEntry | CommandEntry | ConfigurationEntry>,
): LogIndex {
  const entry: Entry = { ...content, index: logIndex(core.log.lastIndex + 1), term: core.term };
  core.log.append([entry]);
  if (entry.kind !== 'empty') leader.uncommittedBytes += entryBytes(entry);
  if (entry.kind === 'configuration') {
    core.trace({ kind: 'reconfigured', index: entry.index, configuration: entry.configuration });
    leader.followConfiguration();
  }
  return entry.index;
}
