import { KEYSPACES, type EmbeddedStore } from '@portolan/kv';
import type { BackupHeader, RestoredState } from '@portolan/kv/backup';
import { Violation } from '../violation.ts';
import { BACKUP_WHOLE } from './backup-client.ts';
import { ALL, type Chronicle } from './chronicle.ts';
import { keyValueOf, USER } from './operations.ts';
import { restoredAlarms } from './plain-alarms.ts';

export const RESTORED_AS_IT_WAS = 'What is restored is what there was';
export const REVISIONS_RISE = 'After a restore, revisions are above all that were';

/** @throws Violation unless the backup is of what there was at its index, and what is restored goes on above everything */
export function judgeHeader(before: Chronicle, header: BackupHeader, state: RestoredState): void {
  const was = before.momentAt(header.index);
  if (was?.revision !== header.revision || state.index !== Math.max(1, header.index)) {
    throw new Violation(
      BACKUP_WHOLE,
      `it says revision ${header.revision} at index ${header.index}, and there was ${was?.revision ?? 'nothing'}; ` +
        `its state is of index ${state.index}`,
    );
  }
  if (state.revision > before.revision) return;
  throw new Violation(REVISIONS_RISE, `there was ${before.revision}, and it goes on from ${state.revision}`);
}

/**
 * @param after what a restored cluster must begin with
 * @param store what it begins with
 * @throws Violation
 */
export async function judgeRestored(
  before: Chronicle,
  after: Chronicle,
  index: number,
  store: EmbeddedStore,
): Promise<void> {
  const was = before.momentAt(index);
  const compare = (what: string, expected: unknown, found: unknown): void => {
    const [should, is] = [expected, found].map((value) => JSON.stringify(value, ids));
    if (should !== is)
      throw new Violation(RESTORED_AS_IT_WAS, `of ${what} there were\n  ${should}\nthere are\n  ${is}`);
  };
  for (const keyspace of KEYSPACES) {
    const { keyValues, revision } = await store.range({ ...USER, keyspace, keys: ALL });
    compare('revisions', after.revision, revision);
    compare(keyspace, after.keysAt(after.revision, ALL, keyspace), keyValues.map(keyValueOf));
  }
  const leases = (was?.leases ?? []).map(([id]) => id).sort((a, b) => Number(a - b));
  compare('leases', leases, (await store.leases(USER)).ids);
  compare('alarms', was && restoredAlarms(was).alarms, (await store.admin.alarms(USER)).alarms);
  compare('the format', was?.format, store.format);
}

const ids = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
