import type { SnapshotRefusal } from '@portolan/contracts/kv-snapshot';
import type { PortolanError } from '@portolan/kernel';
import { MalformedSnapshotError } from '../errors.ts';
import { restoreKvError } from '../wire/restore-error.ts';

/** Why a transaction was refused, as its retries are told again. */
export function encodeRefusal({ code, context }: PortolanError): SnapshotRefusal {
  return { code, context: Object.fromEntries(Object.entries(context).map(([name, value]) => [name, String(value)])) };
}

/** @throws MalformedSnapshotError when this version knows no such error */
export function decodeRefusal({ code, context }: SnapshotRefusal): PortolanError {
  const error = restoreKvError({ code, context, message: '', fix: '' });
  if (error === undefined) throw new MalformedSnapshotError(`a kept answer is the unknown error ${code}`);
  return error;
}
