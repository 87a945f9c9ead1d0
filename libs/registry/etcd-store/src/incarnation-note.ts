import type { ResponseHeader } from '@portolan/contracts/etcd/header';
import { Compare_CompareResult, Compare_CompareTarget, KVService, type TxnRequest } from '@portolan/contracts/etcd/kv';
import { keyOf, oneKey } from '@portolan/kv';
import type { EtcdChannel } from './channel/etcd-channel.ts';
import { headerOf } from './incarnations.ts';
import { isPresent } from './mapping/compare.ts';
import type { KeyMapping } from './mapping/key-mapping.ts';
import { plainRange } from './mapping/range.ts';

export const INCARNATION = keyOf('note/incarnation');

export interface IncarnationNote {
  /** Noted, and so everybody's. */
  readonly number: string;
  readonly header: ResponseHeader;
}

export interface NoteOptions {
  /** The number that must not be in force any more, if there is one. */
  readonly before: string | undefined;
  /** To note where none is, or still the one before. */
  readonly drawn: string;
}

/**
 * Reads which incarnation is noted, or notes one: whoever is first, the others take that. A note that is there is only read, so that an
 * etcd without space can be opened.
 */
export async function incarnationNote(
  channel: EtcdChannel,
  mapping: KeyMapping,
  { before, drawn }: NoteOptions,
  signal: AbortSignal | undefined,
): Promise<IncarnationNote> {
  // A repetition finds what the first attempt has noted.
  const terms = { repeatable: 'read', signal } as const;
  const at = mapping.range('own', oneKey(INCARNATION));
  const known = await channel.unary(KVService.range, plainRange(at), terms);
  const noted = known.kvs[0]?.value.toString('latin1');
  if (noted !== undefined && noted !== before) return { number: noted, header: headerOf(known) };
  const isOther = {
    ...at,
    result: Compare_CompareResult.NOT_EQUAL,
    target: Compare_CompareTarget.VALUE,
    targetUnion: { $case: 'value', value: Buffer.from(before ?? '', 'latin1') },
  } as const;
  const value = { key: at.key, value: Buffer.from(drawn, 'latin1'), lease: 0n, prevKv: false };
  const put = { ...value, ignoreValue: false, ignoreLease: false };
  const request: TxnRequest = {
    compare: [isPresent(at), isOther],
    success: [{ request: { $case: 'requestRange', value: plainRange(at) } }],
    failure: [{ request: { $case: 'requestPut', value: put } }],
  };
  const response = await channel.unary(KVService.txn, request, terms);
  const found = response.responses[0]?.response;
  const number = found?.$case === 'responseRange' ? found.value.kvs[0]?.value.toString('latin1') : undefined;
  return { number: number ?? drawn, header: headerOf(response) };
}
