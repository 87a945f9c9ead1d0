import { formatConfiguration, isMember, type Configuration } from '../../configuration.ts';
import { logIndex, type LogIndex, type MemberId } from '../../ids.ts';
import type { Raft } from '../../raft.ts';
import type { Ledger } from './ledger.ts';
import { must } from './violation.ts';

/** "A server always uses the latest configuration in its log, regardless of whether the entry is committed" (§6). */
export function checkConfiguration(raft: Raft, ledger: Ledger, first: Configuration): void {
  const { id, configuration, firstIndex, lastIndex } = raft.status;
  const expected = latest(raft, ledger, first);
  const both = (): string =>
    `${id} is in ${formatConfiguration(configuration)}, its log ${firstIndex} to ${lastIndex} says ${formatConfiguration(expected)}`;
  must(formatConfiguration(configuration) === formatConfiguration(expected), 'Configuration (§6)', both);
}

function latest(raft: Raft, ledger: Ledger, first: Configuration): Configuration {
  const { firstIndex, lastIndex } = raft.status;
  for (let at = lastIndex; at > 0; at = logIndex(at - 1)) {
    // What is compacted is committed.
    const entry = at >= firstIndex ? raft.entryAt(at) : ledger.entryAt(at);
    if (entry?.kind === 'configuration') return entry.configuration;
  }
  return first;
}

/** Who says that it was removed was a member once, and is none at `index` of what is committed. */
export function checkRemoval(id: MemberId, index: LogIndex, ledger: Ledger, first: Configuration): void {
  must(index <= ledger.lastIndex, 'Removal', () => `${id} is told so by ${index}, which is not committed`);
  const committed = [first];
  for (let at = 1; at <= index; at += 1) {
    const entry = ledger.entryAt(logIndex(at));
    if (entry?.kind === 'configuration') committed.push(entry.configuration);
  }
  must(
    committed.some((one) => isMember(one, id)),
    'Removal',
    () => `${id} has never been a member`,
  );
  const last = committed.at(-1) ?? first;
  must(!isMember(last, id), 'Removal', () => `${id} is a member of ${formatConfiguration(last)} at ${index}`);
}
