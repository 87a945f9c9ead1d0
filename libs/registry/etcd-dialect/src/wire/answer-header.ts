import { ResponseHeader } from '@portolan/contracts/etcd/header';
import type { StoreStatus } from '@portolan/kv';
import type { WireWriter } from './wire-writer.ts';

const NOTHING = { clusterId: 0n, memberId: 0n, revision: 0n, raftTerm: 0n };
const REVISION = 0x18;

/** The header of answers, of which all but the revision is the same until there is an election. */
export class AnswerHeader {
  #clusterId = 0n;
  #memberId = 0n;
  #term = 0;
  #ids = new Uint8Array(0);
  #termBytes = new Uint8Array(0);

  /** Who answers, and when. */
  set({ clusterId, memberId, term }: Pick<StoreStatus, 'clusterId' | 'memberId' | 'term'>): void {
    if (clusterId !== this.#clusterId || memberId !== this.#memberId) {
      this.#clusterId = clusterId;
      this.#memberId = memberId;
      this.#ids = ResponseHeader.encode({ ...NOTHING, clusterId, memberId }).finish();
    }
    if (term !== this.#term) {
      this.#term = term;
      this.#termBytes = ResponseHeader.encode({ ...NOTHING, raftTerm: BigInt(term) }).finish();
    }
  }

  /** As a field of the message that is written. */
  write(writer: WireWriter, tag: number, revision: number): void {
    const from = writer.written;
    writer.raw(this.#termBytes);
    writer.numberField(REVISION, revision);
    writer.raw(this.#ids);
    writer.message(tag, from);
  }
}

/** Within a transaction, and before a watch: a revision, and nothing of who answers. */
export function writeBareHeader(writer: WireWriter, tag: number, revision: number): void {
  const from = writer.written;
  writer.numberField(REVISION, revision);
  writer.message(tag, from);
}
