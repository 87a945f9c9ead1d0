import { formatConfiguration, type Configuration } from '../../configuration.ts';
import { logIndex } from '../../ids.ts';
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
