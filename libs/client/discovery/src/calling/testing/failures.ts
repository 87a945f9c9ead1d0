import type { ErrorKind } from '@portolan/kernel';
import { RpcError } from '@portolan/rpc';
import type { Member } from './fleet.ts';

/** What the work failed with. */
export function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

function refusal(kind: ErrorKind): RpcError {
  return new RpcError(`refused as ${kind}`, { code: 'TEST_REFUSED', kind, fix: 'ask otherwise', reachedServer: true });
}

/** From now on its answers are failures. */
export function fail(member: Member, kind: ErrorKind): void {
  member.ask = async () => {
    throw refusal(kind);
  };
}

/** From now on its calls last until the caller gives up, or the connection breaks. */
export function hang(member: Member): void {
  member.ask = (_request, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(refusal('cancelled'));
      });
    });
}
