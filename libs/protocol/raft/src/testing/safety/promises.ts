import { assert } from '@portolan/kernel';
import type { Message } from '../../message.ts';
import type { Cluster } from '../cluster.ts';
import { formatMessage } from '../format-message.ts';
import { must } from './violation.ts';

/** A message that relies on the disk leaves after the disk has it (§5.1: "updated on stable storage before responding"). */
export function checkPromise(cluster: Cluster, message: Message): void {
  const { disk } = cluster.member(message.from);
  const { term, vote } = disk.hardState;
  const isKept = (voted: typeof vote): boolean =>
    term > message.term || (term === message.term && (voted === undefined || vote === voted));
  const what = (): string => `"${formatMessage(message)}" leaves, and on disk is term ${term}, vote ${vote ?? 'none'}`;
  if (message.kind === 'vote') must(isKept(message.from), 'Durability', what);
  if (message.kind === 'vote-response' && message.granted) must(isKept(message.to), 'Durability', what);
  if (message.kind !== 'appended') return;
  must(isKept(undefined), 'Durability', what);
  const last = disk.entries.at(-1)?.index ?? disk.snapshot.metadata.index;
  must(term > message.term || last >= message.index, 'Durability', () => `${what()}, last ${last}`);
  assert(message.from !== message.to, 'nobody acknowledges to itself');
}
