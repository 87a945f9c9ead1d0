import { unreachable } from '@portolan/kernel';
import { formatConfiguration } from '../configuration.ts';
import type { RaftEvent } from '../event.ts';
import type { Persist, Placement, ReadAnswer } from '../ready.ts';
import { formatEntries, formatEntry } from './format-log.ts';
import { formatMessage } from './format-message.ts';
import type { Happening } from './happening.ts';

/** @param question what a client has asked, by the token it was asked with */
export function formatHappening(happening: Happening, question: (token: number) => string): string {
  switch (happening.kind) {
    case 'event':
      return `${happening.member} ${formatEvent(happening.event)}`;
    case 'sent':
      return formatMessage(happening.message);
    case 'lost':
      return `${formatMessage(happening.message)} (the link is cut)`;
    case 'dropped':
      return `${formatMessage(happening.message)} (lost)`;
    case 'received':
      return `${formatMessage(happening.message)} (arrives)`;
    case 'writing':
      return `${happening.member} begins to write ${formatPersist(happening.persist)}`;
    case 'written':
      return `${happening.member} has on disk ${formatPersist(happening.persist)}`;
    case 'committed':
      return `${happening.member} commits up to ${happening.index}`;
    case 'applied':
      return `${happening.member} applies ${formatEntry(happening.entry)}`;
    case 'placement':
      return `${happening.member} tells who proposed ${question(happening.placement.token)}: ${fate(happening.placement)}`;
    case 'read':
      return `${happening.member} tells who read ${question(happening.answer.token)}: ${answer(happening.answer)}`;
    case 'crashed':
    case 'restarted':
    case 'compacted':
      return `${happening.member} is ${happening.kind}`;
    default:
      return unreachable(happening);
  }
}

function formatPersist({ hardState, snapshot, entries }: Persist): string {
  const { term, vote, committed } = hardState;
  return [
    `term ${term}${vote === undefined ? '' : ` vote ${vote}`}`,
    ...(snapshot === undefined ? [] : [`snapshot ${snapshot.term}/${snapshot.index}`]),
    ...(entries.length === 0 ? [] : [formatEntries(entries)]),
    ...(committed === 0 ? [] : [`committed ${committed}`]),
  ].join(', ');
}

function formatEvent(event: RaftEvent): string {
  switch (event.kind) {
    case 'became':
      return `becomes ${event.role} in term ${event.term}: ${event.why}`;
    case 'truncated':
      return `takes away ${event.from} to ${event.to}, which conflict`;
    case 'installing':
      return `starts anew from the snapshot ${event.term}/${event.index}`;
    case 'sent-snapshot':
      return `has compacted what ${event.to} needs, which gets a snapshot`;
    case 'reconfigured':
      return `is in ${formatConfiguration(event.configuration)}, by entry ${event.index}`;
    case 'removed':
      return `is removed, by what is committed at ${event.index}`;
    case 'protocol-error':
      return `drops what ${event.from} says: ${event.what}`;
    case 'transfer':
      return `hands over to ${event.to}: ${event.outcome}`;
    default:
      return unreachable(event);
  }
}

function fate(placement: Placement): string {
  switch (placement.kind) {
    case 'placed':
      return `it is ${placement.term}/${placement.index}`;
    case 'refused':
      return `refused, ${placement.reason}`;
    case 'unknown':
      return 'nobody knows';
    default:
      return unreachable(placement);
  }
}

function answer(read: ReadAnswer): string {
  return read.kind === 'confirmed' ? `once ${read.index} is applied` : 'ask again';
}
