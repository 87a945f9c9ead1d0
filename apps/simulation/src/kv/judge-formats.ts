import { COMMAND_FORMAT } from '@portolan/kv';
import type { KvCluster } from '@portolan/kv/testing';
import type { MemberId } from '@portolan/raft';
import { Violation } from '../violation.ts';
import { OLD_FORMAT, type Versions } from './versions.ts';

export const FORMAT_AGREED = 'A format comes into use when all members know it';

/**
 * @param members in the end, when all has been well for long
 * @returns whether the newest format is in use
 * @throws Violation unless it is, or a member does not know it
 */
export function judgeFormats(cluster: KvCluster, members: readonly MemberId[], versions: Versions): boolean {
  const isRaised = members.every((id) => !versions.isOld(id));
  const expected = isRaised ? COMMAND_FORMAT : OLD_FORMAT;
  for (const id of members) {
    const format = cluster.storeOf(id)?.format;
    if (format === expected) continue;
    throw new Violation(FORMAT_AGREED, `member ${id} is at ${format ?? 'none'}, and all know ${expected}`);
  }
  return isRaised;
}
