import { formatId } from '@portolan/cluster';
import type { VerifiedBackup } from '@portolan/kv/backup';
import { columns } from '../inspect/columns.ts';

/** For people: what a whole backup is of. */
export function summaryOf(file: string, { header, bytes, isSavedByEtcd }: VerifiedBackup): string {
  const { clusterId, memberId, incarnation, revision, index, takenAt } = header;
  return `${file}\n${columns([
    ['taken', `${new Date(takenAt).toISOString()}, by member ${formatId(memberId)} of cluster ${formatId(clusterId)}`],
    ['of', `revision ${revision}, entry ${index}, incarnation ${incarnation}`],
    ['contents', `${bytes} bytes, SHA-256 verified${isSavedByEtcd ? ", as etcd's clients save it" : ''}`],
  ])}`;
}

/** For programs; ids are strings, for JSON has no integers of 64 bits. */
export function jsonOfBackup(file: string, { header, bytes, isSavedByEtcd }: VerifiedBackup): string {
  const { clusterId, memberId, takenAt, ...rest } = header;
  const ids = {
    clusterId: formatId(clusterId),
    memberId: formatId(memberId),
    takenAt: new Date(takenAt).toISOString(),
  };
  return `${JSON.stringify({ backup: file, bytes, isSavedByEtcd, ...rest, ...ids, damage: [] }, undefined, 2)}\n`;
}
