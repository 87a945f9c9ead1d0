import type { FieldSection } from '@portolan/http2';
import { ANONYMOUS, parsePrincipal, type Principal } from '@portolan/kernel';
import type { BytesCall } from '@portolan/rpc';
import { PRINCIPAL_HEADER } from '@portolan/rpc/serving';
import { metadataValue, pushMetadata, valueOf, type Fields } from '../wire/metadata.ts';

/** How a call is ended by its bytes handler; what belongs to the call that it is part of. */
export interface BytesCallEnd {
  answered(bytes: Uint8Array, start: number, end: number): void;
  refused(error: unknown): void;
}

/** A call as its bytes handler sees it: one object for all calls that its `ServerCall` is in turn. */
export class PooledBytesCall implements BytesCall {
  isOver = false;
  principal: Principal = ANONYMOUS;
  /** Its metadata: name, value, name, value… */
  private readonly fields: string[] = [];
  private readonly end: BytesCallEnd;

  constructor(end: BytesCallEnd) {
    this.end = end;
  }

  /** For the next call. @param certified who asks, where its head is not to say it. @throws MalformedPrincipalError */
  begin(head: FieldSection, certified: Principal | undefined): void {
    this.isOver = false;
    this.fields.length = 0;
    pushMetadata(head, this.fields);
    const named = certified === undefined ? valueOf(this.fields, PRINCIPAL_HEADER) : undefined;
    this.principal = certified ?? (named === undefined ? ANONYMOUS : parsePrincipal(named));
  }

  /** Its own function, since handlers may take it out of the call. */
  readonly metadata = (name: string): string | undefined => metadataValue(this.fields, name);

  /** A copy, for a context that outlives this. */
  copyOfFields(): Fields {
    return [...this.fields];
  }

  answer(bytes: Uint8Array, start: number, end: number): void {
    this.end.answered(bytes, start, end);
  }

  refuse(error: unknown): void {
    this.end.refused(error);
  }
}
