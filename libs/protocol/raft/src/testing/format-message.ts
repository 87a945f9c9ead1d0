import { unreachable } from '@portolan/kernel';
import { formatConfiguration } from '../configuration.ts';
import type { BatchId, Forwarded, Message } from '../message.ts';
import { formatData, formatEntries } from './format-log.ts';

/** `1 → 2 append in term 1 after 1/1: 1/2=x, committed 1`: who says what to whom, in the words of the paper. */
export function formatMessage(message: Message): string {
  return `${message.from} → ${message.to} ${said(message)}`;
}

function said(message: Message): string {
  const { term } = message;
  switch (message.kind) {
    case 'pre-vote':
      return `pre-vote for term ${term}? last ${message.lastTerm}/${message.lastIndex}`;
    case 'vote':
      return `vote in term ${term}? last ${message.lastTerm}/${message.lastIndex}${message.transfer ? ', by transfer' : ''}`;
    case 'pre-vote-response':
      return message.granted ? `pre-vote for term ${term}: yes` : `pre-vote: no, in term ${term}`;
    case 'vote-response':
      return message.granted ? `vote in term ${term}: yes` : `vote: no, in term ${term}`;
    case 'append': {
      const { previousTerm, previousIndex, entries, committed } = message;
      const content = entries.length === 0 ? 'nothing' : formatEntries(entries);
      return `append in term ${term} after ${previousTerm}/${previousIndex}: ${content}, committed ${committed}`;
    }
    case 'appended':
      return `appended up to ${message.index}, in term ${term}`;
    case 'append-refused': {
      const { previousIndex, hintTerm, hintIndex } = message;
      return `refused in term ${term}: no such entry ${previousIndex}, perhaps ${hintTerm}/${hintIndex}`;
    }
    case 'heartbeat':
      return `heartbeat in term ${term}, committed ${message.committed}${round(message.round)}`;
    case 'heartbeat-response':
      return `heartbeat answered in term ${term}${round(message.round)}`;
    case 'install-snapshot': {
      const { snapshot } = message;
      return `snapshot in term ${term} of ${snapshot.term}/${snapshot.index} ${formatConfiguration(snapshot.configuration)}`;
    }
    case 'stale-term':
      return `your term is over, it is ${term}`;
    case 'not-a-member':
      return `you are no member, at ${message.committed}`;
    case 'timeout-now':
      return `campaign at once, in term ${term}`;
    case 'forward':
      return `forward in term ${term}, batch ${batchOf(message.batch)}: ${message.proposals.map(formatData).join(' ')}`;
    case 'forwarded':
      return `forwarded batch ${batchOf(message.batch)} in term ${term}: ${outcomeOf(message)}`;
    case 'read-index':
      return `read in term ${term}, batch ${batchOf(message.batch)}`;
    case 'read-index-response':
      return `read batch ${batchOf(message.batch)} at ${message.index}`;
    default:
      return unreachable(message);
  }
}

const round = (number: number): string => (number === 0 ? '' : `, round ${number}`);
const batchOf = ({ start, sequence }: BatchId): string => `${start}.${sequence}`;

function outcomeOf({ outcome }: Forwarded): string {
  return outcome.kind === 'placed' ? `placed at ${outcome.firstIndex}` : `refused, ${outcome.reason}`;
}
