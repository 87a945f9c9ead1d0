import { formatConfiguration } from '../configuration.ts';
import type { Entry } from '../entry.ts';
import { logIndex } from '../ids.ts';
import type { Raft } from '../raft.ts';
import type { Member } from './member.ts';

const text = new TextDecoder();

export const formatData = (data: Uint8Array): string => text.decode(data);

/** `2/5` is the entry of term 2 at index 5, `2/5=x` a command, `2/5{1 2 3}` a configuration. */
export function formatEntry(entry: Entry): string {
  const place = `${entry.term}/${entry.index}`;
  if (entry.kind === 'command') return `${place}=${formatData(entry.data)}`;
  return entry.kind === 'configuration' ? `${place}${formatConfiguration(entry.configuration)}` : place;
}

export const formatEntries = (entries: readonly Entry[]): string => entries.map(formatEntry).join(' ');

function entriesOf(raft: Raft): readonly Entry[] {
  const { firstIndex, lastIndex } = raft.status;
  return Array.from({ length: lastIndex - firstIndex + 1 }, (_, offset) =>
    raft.entryAt(logIndex(firstIndex + offset)),
  ).filter((entry) => entry !== undefined);
}

/** `1: 1/1 1/2=x 2/3 committed 2`; entries before the first that are compacted are dots. */
export function formatLog({ id, raft, disk }: Member): string {
  if (raft === undefined) return `${id}: crashed, on disk ${formatEntries(disk.entries)}`;
  const { firstIndex, committed } = raft.status;
  const compacted = firstIndex > 1 ? [`(to ${firstIndex - 1})`] : [];
  const entries = entriesOf(raft).map(formatEntry);
  const shown = [...compacted, ...entries];
  return `${id}: ${shown.length === 0 ? 'nothing' : shown.join(' ')} committed ${committed}`;
}

/** Role, whether it may judge leases, and what a leader believes of the others: `2 has 3, next is 4`. */
export function formatStatus({ id, raft }: Member): string {
  if (raft === undefined) return `${id}: crashed`;
  const { role, term, leader, isEstablished, peers } = raft.status;
  const follows = role === 'follower' && leader !== undefined ? ` of ${leader}` : '';
  const doubt = role === 'leader' && !isEstablished ? ', not established' : '';
  const others = [...peers].map(([peer, { state, match, next }]) => `; ${peer} has ${match}, next ${next}, ${state}`);
  return `${id}: ${role}${follows} in term ${term}${doubt}${others.join('')}`;
}
