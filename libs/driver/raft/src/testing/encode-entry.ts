import { assert } from '@portolan/kernel';
import type { Entry } from '@portolan/raft';
import type { WalRecord } from '@portolan/storage';
import { encodeEntries } from '../log-records.ts';

/** The record of one entry. */
export function encodeEntry(entry: Entry): WalRecord {
  const [record] = encodeEntries([entry]);
  assert(record !== undefined, 'each entry is a record');
  return record;
}
