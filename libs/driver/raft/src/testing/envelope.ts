import type { Message } from '@portolan/raft';
import type { InstallSnapshot } from '../transport.ts';

/** What members of a virtual cluster send each other. */
export type Envelope =
  | { readonly kind: 'raft'; readonly message: Message }
  | {
      readonly kind: 'snapshot';
      readonly id: number;
      readonly message: InstallSnapshot;
      readonly slices: readonly Uint8Array[];
    }
  | { readonly kind: 'snapshot-received'; readonly id: number; readonly error: string | undefined };

/** For logs of a world: `AppendEntries term=7 prev=7/40 +3 commit=39`. */
export function describeEnvelope(envelope: Envelope): string {
  if (envelope.kind === 'snapshot') return `${describe(envelope.message)} with ${envelope.slices.length} slices`;
  if (envelope.kind === 'snapshot-received') return `snapshot ${envelope.error ?? 'received'}`;
  return describe(envelope.message);
}

function describe(message: Message): string {
  return `${message.kind} term=${message.term}${details(message)}`;
}

function details(message: Message): string {
  switch (message.kind) {
    case 'vote':
    case 'pre-vote':
      return ` last=${message.lastTerm}/${message.lastIndex}${message.transfer ? ' transfer' : ''}`;
    case 'vote-response':
    case 'pre-vote-response':
      return message.granted ? ' granted' : ' refused';
    case 'append':
      return ` prev=${message.previousTerm}/${message.previousIndex} +${message.entries.length} commit=${message.committed}`;
    case 'appended':
      return ` index=${message.index}`;
    case 'append-refused':
      return ` prev=${message.previousIndex} hint=${message.hintTerm}/${message.hintIndex}`;
    case 'heartbeat':
      return ` commit=${message.committed} round=${message.round}`;
    case 'heartbeat-response':
      return ` round=${message.round}`;
    case 'install-snapshot':
      return ` ${message.snapshot.term}/${message.snapshot.index}`;
    case 'forward':
      return ` batch=${message.batch.start}.${message.batch.sequence} +${message.proposals.length}`;
    case 'forwarded':
      return ` batch=${message.batch.start}.${message.batch.sequence} ${message.outcome.kind}`;
    case 'read-index':
      return ` batch=${message.batch.start}.${message.batch.sequence}`;
    case 'read-index-response':
      return ` batch=${message.batch.start}.${message.batch.sequence} index=${message.index}`;
    case 'not-a-member':
      return ` commit=${message.committed}`;
    case 'stale-term':
    case 'timeout-now':
      return '';
    default:
      return message satisfies never;
  }
}
