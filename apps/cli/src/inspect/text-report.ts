import { relative } from 'node:path';
import { formatConfiguration, type Configuration } from '@portolan/raft';
import { columns, type Row } from './columns.ts';
import type { Inspection } from './inspect-member.ts';
import type { Range } from './log-summary.ts';

/** An inspection for people: what it is first, what is wrong last, where it is read first. */
export function reportOf(inspection: Inspection): string {
  const parts = [
    summary(inspection),
    snapshots(inspection),
    segments(inspection),
    entries(inspection),
    damage(inspection),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function summary({ folder, owner, hardState, mark, configuration, log, torn, unfinished }: Inspection): string {
  const { term, vote, committed } = hardState;
  const inFolder = (file: string): string => relative(folder, file);
  const rows: Row[] = [
    ['member', owner === undefined ? 'none yet: it has never started' : ownerText(owner)],
    [
      'hard state',
      `term ${term}, ${vote === undefined ? 'no vote' : `voted for ${vote}`}, committed up to ${committed} at least`,
    ],
    ['configuration', configurationText(configuration, committed)],
    ['entries', log === undefined ? 'none' : `${rangeText(log)}, terms ${log.terms.first} to ${log.terms.last}`],
  ];
  if (mark.index > 0) rows.push(['goes on from', `the snapshot at ${mark.index}, ${mark.origin} in term ${mark.term}`]);
  if (torn !== undefined) {
    const what = `${torn.bytes} bytes of a batch that was never acknowledged, which a start cuts off`;
    rows.push(['torn end', `${inFolder(torn.file)}, byte ${torn.offset}: ${what}`]);
  }
  if (unfinished.length > 0) {
    rows.push(['unfinished', `${unfinished.map(inFolder).join(', ')}: a start removes it`]);
  }
  return `${folder}\n${columns(rows)}`;
}

function ownerText({ clusterId, memberId, start, first }: NonNullable<Inspection['owner']>): string {
  const began = first.voters.length === 0 ? 'joined a running cluster' : `first members ${formatConfiguration(first)}`;
  return `${memberId} of cluster ${clusterId}, started ${start} ${start === 1 ? 'time' : 'times'}, ${began}`;
}

function configurationText(found: Inspection['configuration'], committed: number): string {
  if (found === undefined) return 'unknown';
  const { configuration, source, index } = found;
  const text = formatConfiguration(configuration);
  switch (source) {
    case 'beginning':
      return `${text}, as the cluster began`;
    case 'snapshot':
      return `${text}, by the snapshot at ${index}`;
    case 'entry':
      return `${text}, since entry ${index}${index > committed ? ', not known to be committed' : ''}`;
    default:
      return source satisfies never;
  }
}

function snapshots({ snapshots: found, mark }: Inspection): string {
  if (found.length === 0) return '';
  const use = (index: number): string => {
    if (index === mark.index) return 'the log goes on from it';
    return index < mark.index ? 'older' : 'received, not taken over: a start removes it';
  };
  const rows = found.map(({ index, metadata, bytes }): Row => {
    const checked = bytes === undefined ? 'damaged' : `${bytes} bytes, SHA-256 verified`;
    return [String(index), String(metadata?.term ?? '?'), memberText(metadata?.configuration), checked, use(index)];
  });
  return columns([['snapshot', 'term', 'configuration', 'contents', ''], ...rows]);
}

function memberText(configuration: Configuration | undefined): string {
  return configuration === undefined ? '?' : formatConfiguration(configuration);
}

function segments({ folder, segments: found }: Inspection): string {
  if (found.length === 0) return '';
  const rows = found.map(({ file, batches, records, used, bytes, entries: range }): Row => {
    const name = relative(folder, file);
    const held = range === undefined ? 'none' : rangeText(range);
    return [name, String(batches), String(records), held, `${used} of ${bytes} bytes`];
  });
  return columns([['segment', 'batches', 'records', 'entries', 'used'], ...rows]);
}

function entries({ entries: found, log }: Inspection): string {
  const [first, last] = [found[0], found.at(-1)];
  if (first === undefined || last === undefined) return '';
  const rows = found.map(({ index, term, kind, bytes, configuration }): Row => {
    const size = kind === 'empty' ? '' : `${bytes} bytes`;
    return [
      String(index),
      String(term),
      kind,
      size,
      configuration === undefined ? '' : formatConfiguration(configuration),
    ];
  });
  const left = (log?.last ?? last.index) - last.index;
  const more = left > 0 ? `${left} more: --from ${last.index + 1}\n` : '';
  return `${columns([['entry', 'term', 'kind', 'contents', ''], ...rows])}${more}`;
}

function rangeText({ first, last }: Range): string {
  return first === last ? String(first) : `${first} to ${last}`;
}

function damage({ damage: found, omitted, folder }: Inspection): string {
  if (found.length === 0) return 'nothing is damaged\n';
  const texts = found.map(({ code, file, offset, what, fix }) =>
    [`${code} in ${relative(folder, file)}, byte ${offset}`, `  ${what}`, `  → ${fix}`, ''].join('\n'),
  );
  const count = found.length + omitted;
  const told = omitted === 0 ? '' : `, of which the first ${found.length} are told`;
  return `${texts.join('')}${count} ${count === 1 ? 'thing is' : 'things are'} damaged${told}\n`;
}
