import { TxnResponse } from '@portolan/contracts/kv';
import type { KvStore } from '@portolan/kv';
import { encodeTxnResult, readPuts, WireReader } from '@portolan/kv/wire';
import type { BytesHandler } from '@portolan/rpc';

/**
 * Transactions of puts, as batches are, read without the objects and copies of the generated codec. Hot path: `npm run bench -- registry`. All
 * others are the ordinary handler's, which does the same with these.
 */
export function txnBytes(store: KvStore): BytesHandler {
  const reader = new WireReader();
  return (bytes, start, end, call) => {
    reader.begin(bytes, start, end);
    const puts = readPuts(reader);
    if (puts === undefined) return false;
    const { success, idempotency } = puts;
    const { principal } = call;
    const answered = store
      .txn({ principal, success, ...(idempotency !== undefined && { idempotency }) })
      .then((result) => TxnResponse.encode(encodeTxnResult(result)).finish());
    answered.then(
      (answer) => {
        call.answer(answer, 0, answer.length);
      },
      (error: unknown) => {
        call.refuse(error);
      },
    );
    return true;
  };
}
